package dev.inlay.data.source;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.LabelSpace.Kind;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where a list has its labels, and what they mean.
 *
 * @param kind of the labels
 * @param names the columns of a manifest that hold them, one for each output: numbers, or 0 and 1 for a class; of other lists,
 *     what the outputs are called. Empty for the column {@code label}, or for names that follow from the labels
 * @param separator between the classes in one column of a manifest
 */
public record LabelColumns(Kind kind, List<String> names, String separator) {
    /** One class for each image, in the column {@code label}. */
    public static final LabelColumns SINGLE = new LabelColumns(Kind.SINGLE, List.of(), "|");

    private static final String LABEL = "label";

    /** Copies the list. */
    public LabelColumns {
        names = List.copyOf(names);
    }

    /** The columns that a manifest must have. */
    List<String> required() {
        return names.isEmpty() ? List.of(LABEL) : names;
    }

    /** Whether a cell holds names of classes, and not a number. */
    boolean isOfNames() {
        return kind == Kind.SINGLE || kind == Kind.MULTI && names.isEmpty();
    }

    /** The classes that a cell names. */
    List<String> classes(String cell) {
        if (kind == Kind.SINGLE) {
            return List.of(cell);
        }
        return Arrays.stream(cell.split(Pattern.quote(separator)))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
    }

    /** Names in the order of their values if all are whole numbers, else in that of their letters. */
    static List<String> ordered(Stream<String> names) {
        List<String> distinct = names.distinct().toList();
        Comparator<String> order = distinct.stream().allMatch(name -> name.matches("-?\\d{1,18}"))
                ? Comparator.comparingLong(Long::parseLong)
                : Comparator.naturalOrder();
        return distinct.stream().sorted(order).toList();
    }

    /** The number in a cell; not finite if it is none that {@link #expected} allows. */
    float number(String cell) {
        try {
            float number = Float.parseFloat(cell);
            return kind == Kind.NUMBERS || number == 0 || number == 1 ? number : Float.NaN;
        } catch (NumberFormatException e) {
            return Float.NaN;
        }
    }

    /** What {@link #number} expects of a cell. */
    String expected() {
        return kind == Kind.NUMBERS ? "a finite number" : "0 or 1";
    }

    /**
     * What the labels are.
     *
     * @param classNames by index; the names of the numbers where they are such
     * @param train the targets of the training images
     */
    LabelSpace space(List<String> classNames, Stream<List<Float>> train) {
        return switch (kind) {
            case SINGLE -> LabelSpace.oneOf(classNames);
            case MULTI -> LabelSpace.setOf(classNames);
            case NUMBERS ->
                LabelSpace.numbers(classNames, train.map(ImageFiles::values).toList());
            case MASKS -> new LabelSpace.PixelClasses(classNames);
        };
    }

    /**
     * The target of an image.
     *
     * @param of its classes
     * @param indices of all classes, by name; the image's among them
     */
    List<Float> target(List<String> of, Map<String, Integer> indices) {
        if (kind == Kind.SINGLE) {
            return List.of((float) indices.get(of.get(0)));
        }
        Float[] has = new Float[indices.size()];
        Arrays.fill(has, 0f);
        of.forEach(name -> has[indices.get(name)] = 1f);
        return List.of(has);
    }

    /** The index of each name. */
    static Map<String, Integer> indices(List<String> names) {
        Map<String, Integer> indices = new HashMap<>();
        names.forEach(name -> indices.put(name, indices.size()));
        return indices;
    }
}
