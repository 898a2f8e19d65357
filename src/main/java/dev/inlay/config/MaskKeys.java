package dev.inlay.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.data.LabelSpace.Kind;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.image.MaskPalette;
import dev.inlay.data.source.MaskFolder;
import dev.inlay.data.source.MaskReading;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the keys of {@code data.type: masks}. */
final class MaskKeys {
    private static final String CLASSES = "classes";
    private static final String COLOURS = "colours";
    private static final String IGNORE = "ignore";
    private static final String TRAIN = "train";
    private static final Pattern COLOUR = Pattern.compile("#[0-9a-fA-F]{6}");
    private static final Pattern COLOUR_LINE =
            Pattern.compile("(?<red>\\d{1,3})\\s+(?<green>\\d{1,3})\\s+(?<blue>\\d{1,3})\\s+(?<name>\\S.*)");
    private static final int MAX_SAMPLE = 255;

    private MaskKeys() {}

    static DataSource.Masks read(Section section) {
        Optional<String> train = section.optionalText(TRAIN);
        Optional<String> validation = section.optionalText("validation");
        Optional<String> test = section.optionalText("test");
        if (train.isEmpty() && (validation.isPresent() || test.isPresent())) {
            section.problem(
                    TRAIN, "missing; with data.validation or data.test, expected a list of pairs to train on, too");
        }
        for (String key : List.of("images", "masks")) {
            if (train.isPresent() && section.has(key)) {
                section.problem(key, "names folders, and data.train lists the pairs of images and masks; keep one");
            }
        }
        return new DataSource.Masks(
                section.requiredPath("root"),
                train.isPresent() ? "" : section.text("images", MaskFolder.SPLIT),
                train.isPresent() ? "" : section.text("masks", MaskFolder.SPLIT + "-masks"),
                train,
                validation,
                test,
                section.has(COLOURS) ? colours(section) : numbers(section),
                SplitConfig.read(section, Kind.MASKS));
    }

    private static MaskReading numbers(Section section) {
        List<Integer> ignored = section.integers(IGNORE, List.of(PixelClasses.IGNORED), 0, MAX_SAMPLE);
        List<String> names = List.of();
        if (!section.has(CLASSES)) {
            section.problem(
                    CLASSES,
                    "missing; expected the names of the numbers 0, 1, … in the masks, as a list or a file with one a line, or"
                            + " data.colours where colours stand for classes");
        } else if (section.isList(CLASSES)) {
            names = section.texts(CLASSES, List.of());
            requireNames(section, CLASSES, names);
        } else {
            names = section.lines(CLASSES, "the list of class names");
            section.took(CLASSES, names);
            requireNames(section, CLASSES, names);
        }
        return new MaskReading.Numbers(labels(names), Set.copyOf(ignored));
    }

    private static MaskReading colours(Section section) {
        if (section.has(CLASSES)) {
            section.problem(CLASSES, "data.colours names the classes; keep one of both");
        }
        Map<String, Set<Integer>> table = section.isSection(COLOURS)
                ? table(section.section(COLOURS))
                : tableOf(section, section.lines(COLOURS, "the table of colours"));
        List<String> ignored = section.has(IGNORE) ? section.texts(IGNORE, List.of()) : List.of();
        for (String name : ignored) {
            if (!table.containsKey(name)) {
                section.problem(IGNORE, "expected names of data.colours, found " + name);
            }
        }
        List<String> names =
                table.keySet().stream().filter(name -> !ignored.contains(name)).toList();
        requireNames(section, COLOURS, names);
        Map<Integer, Integer> numbers = new HashMap<>();
        table.forEach((name, colours) -> {
            int number = ignored.contains(name) ? PixelClasses.IGNORED : names.indexOf(name);
            for (int colour : colours) {
                if (numbers.put(colour, number) != null) {
                    section.problem(
                            COLOURS, name + " has the colour " + MaskPalette.text(colour) + " of another class");
                }
            }
        });
        return new MaskReading.Colours(labels(names), numbers);
    }

    /** A name to its colour or colours. */
    private static Map<String, Set<Integer>> table(Section section) {
        Map<String, Set<Integer>> table = new LinkedHashMap<>();
        for (String name : section.names()) {
            List<String> colours = section.isList(name)
                    ? section.texts(name, List.of())
                    : section.optionalText(name).map(List::of).orElse(List.of());
            for (String colour : colours) {
                if (COLOUR.matcher(colour).matches()) {
                    add(table, name, Integer.parseInt(colour.substring(1), 16));
                } else {
                    section.problem(
                            name,
                            "expected a colour such as \"#804080\", in quotes, or a list of some; found " + colour);
                }
            }
            if (colours.isEmpty()) {
                section.problem(
                        name, "expected a colour such as \"#804080\", in quotes; # without them begins a comment");
            }
        }
        return table;
    }

    /** Lines as in CamVid's table: red, green, blue and a name. */
    private static Map<String, Set<Integer>> tableOf(Section section, List<String> lines) {
        Map<String, Set<Integer>> table = new LinkedHashMap<>();
        for (String line : lines) {
            Matcher parts = COLOUR_LINE.matcher(line);
            if (!parts.matches()
                    || Math.max(sample(parts, "red"), Math.max(sample(parts, "green"), sample(parts, "blue")))
                            > MAX_SAMPLE) {
                section.problem(
                        COLOURS,
                        "expected lines of red, green and blue from 0 to 255 and a name, found \"" + line + "\"");
            } else {
                add(
                        table,
                        parts.group("name"),
                        sample(parts, "red") << 16 | sample(parts, "green") << 8 | sample(parts, "blue"));
            }
        }
        ObjectNode settings = section.settings().putObject(COLOURS);
        table.forEach((name, colours) -> {
            ArrayNode list = settings.putArray(name);
            colours.forEach(colour -> list.add(MaskPalette.text(colour)));
        });
        return table;
    }

    private static int sample(Matcher parts, String name) {
        return Integer.parseInt(parts.group(name));
    }

    private static void add(Map<String, Set<Integer>> table, String name, int colour) {
        table.computeIfAbsent(name, n -> new LinkedHashSet<>()).add(colour);
    }

    private static void requireNames(Section section, String key, List<String> names) {
        if (names.size() < 2 || names.size() > PixelClasses.IGNORED) {
            section.problem(
                    key,
                    "expected 2 to " + PixelClasses.IGNORED + " classes, found "
                            + (names.size() < 2 ? names : names.size()));
        }
        Set<String> seen = new HashSet<>();
        names.stream()
                .filter(name -> !seen.add(name))
                .forEach(name -> section.problem(
                        key, "expected a name of its own for each class, found \"" + name + "\" again"));
    }

    private static PixelClasses labels(List<String> names) {
        return new PixelClasses(names.size() > PixelClasses.IGNORED ? List.of() : names);
    }
}
