package dev.inlay.data.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * Splits in the form that VPT (arXiv 2203.12119) shares for the fine-grained sets: for each split one JSON object, from
 * the path of an image to its class, any whole number. The classes are those of the training split, in the order of their
 * numbers. (VPT's code numbers the classes of each split by themselves, which shifts the labels of a split that lacks one.)
 *
 * @param images the folder below the root that paths start at; empty or {@code .} for the root itself
 * @param train name of the file of training images, below the root
 * @param validation name of the file of validation images
 * @param test name of the file of test images
 */
public record JsonSplits(String images, String train, String validation, String test) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    /**
     * Reads the files; no image is opened yet.
     *
     * @param root the folder of the files
     * @param decoder reads the images
     * @return the splits; training images come first in the joined one
     * @throws DataException naming every file that is missing or of another form, every image that is missing or in two
     *     splits, and every class of validation or test that the training split does not have
     */
    public Splits<Dataset> read(Path root, ImageDecoder decoder) {
        return read(root, LabelColumns.SINGLE, decoder);
    }

    /**
     * Reads files of any labels: an image has a class, a list of classes, or a number or a list of numbers.
     *
     * @param root the folder of the files
     * @param columns the kind of the labels, and what numbers are called unless by their index
     * @param decoder reads the images
     * @throws DataException as {@link #read(Path, ImageDecoder)}, and naming every image with another number of numbers
     */
    public Splits<Dataset> read(Path root, LabelColumns columns, ImageDecoder decoder) {
        DatasetProblems problems = new DatasetProblems();
        Path folder = root.resolve(images).normalize();
        Map<String, Map<String, List<JsonNode>>> splits = new LinkedHashMap<>();
        for (String split : List.of(train, validation, test)) {
            splits.put(split, parse(root, split, columns, problems));
        }
        problems.throwIfAny(root.toString());
        ListedPaths paths = new ListedPaths(folder);
        checkImages(splits, paths, problems);
        boolean numbers = columns.kind() == LabelSpace.Kind.NUMBERS;
        List<String> names = numbers ? numbers(splits, columns, problems) : classes(splits, problems);
        problems.throwIfAny(root.toString());
        Map<String, Integer> indices = LabelColumns.indices(names);
        Function<List<JsonNode>, List<Float>> target = values -> numbers
                ? values.stream().map(JsonNode::floatValue).toList()
                : columns.target(
                        values.stream().map(JsonNode::asText).distinct().toList(), indices);
        LabelSpace space =
                columns.space(names, splits.get(train).values().stream().map(target));
        Map<String, ImageFiles> files = new HashMap<>();
        splits.forEach((split, labelled) -> files.put(
                split,
                new ImageFiles(
                        root.resolve(split).toString(),
                        space,
                        labelled.entrySet().stream()
                                .map(image -> {
                                    ListedPaths.Listed listed = paths.resolve(image.getKey());
                                    return new LabelledFile(listed.id(), listed.file(), target.apply(image.getValue()));
                                })
                                .toList(),
                        decoder,
                        false)));
        Dataset trained = files.get(train);
        Dataset validated = files.get(validation);
        return new Splits<>(trained, validated, new JoinedDataset(trained, validated), files.get(test));
    }

    private static Map<String, List<JsonNode>> parse(
            Path root, String split, LabelColumns columns, DatasetProblems problems) {
        Map<String, List<JsonNode>> images = new LinkedHashMap<>();
        try {
            if (!Files.exists(root.resolve(split))) {
                problems.add(split, "the file is missing below " + root);
                return images;
            }
            JsonNode object = JSON.readTree(TextLines.text(root.resolve(split), "the split"));
            if (!object.isObject() || object.isEmpty()) {
                problems.add(split, "expected one JSON object {\"path\": class, …} with at least one image");
                return images;
            }
            object.properties().forEach(image -> {
                JsonNode given = image.getValue();
                boolean several = given.isArray() && columns.kind() != LabelSpace.Kind.SINGLE;
                List<JsonNode> values = several
                        ? StreamSupport.stream(given.spliterator(), false).toList()
                        : List.of(given);
                if (values.stream().allMatch(value -> fits(value, columns.kind()))) {
                    images.put(image.getKey(), values);
                } else {
                    problems.add(split, image.getKey() + ": expected " + expected(columns.kind()) + ", found " + given);
                }
            });
        } catch (JsonProcessingException e) {
            problems.add(split, "expected JSON, found a fault: " + JsonFault.of(e));
        }
        return images;
    }

    private static boolean fits(JsonNode value, LabelSpace.Kind kind) {
        return kind == LabelSpace.Kind.NUMBERS
                ? value.isNumber() && Float.isFinite(value.floatValue())
                : value.isIntegralNumber() && value.canConvertToLong();
    }

    private static String expected(LabelSpace.Kind kind) {
        return switch (kind) {
            case SINGLE -> "a class, a whole number";
            case MULTI -> "a list of classes, whole numbers";
            case NUMBERS -> "a finite number or a list of them";
            case MASKS -> throw new IllegalArgumentException("a list has no masks");
        };
    }

    /** The names of the numbers; every image has as many. */
    private List<String> numbers(
            Map<String, Map<String, List<JsonNode>>> splits, LabelColumns columns, DatasetProblems problems) {
        int size = columns.names().isEmpty()
                ? splits.get(train).values().iterator().next().size()
                : columns.names().size();
        splits.forEach((split, images) -> images.forEach((image, values) -> {
            if (values.size() != size) {
                problems.add(
                        split,
                        image + ": expected as many numbers as others have, " + size + ", found " + values.size());
            }
        }));
        return columns.names().isEmpty()
                ? IntStream.range(0, size).mapToObj(Integer::toString).toList()
                : columns.names();
    }

    /** The names of the classes of the training images. */
    private List<String> classes(Map<String, Map<String, List<JsonNode>>> splits, DatasetProblems problems) {
        SortedSet<Long> classes = found(splits.get(train));
        if (classes.isEmpty()) {
            problems.add(train, "no image has a class");
        } else {
            checkClasses(splits, classes, problems);
        }
        return classes.stream().map(String::valueOf).toList();
    }

    private static SortedSet<Long> found(Map<String, List<JsonNode>> images) {
        return images.values().stream()
                .flatMap(List::stream)
                .map(JsonNode::longValue)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void checkImages(
            Map<String, Map<String, List<JsonNode>>> splits, ListedPaths paths, DatasetProblems problems) {
        Map<String, String> owners = new HashMap<>();
        splits.forEach((split, images) -> images.keySet().forEach(image -> {
            ListedPaths.Listed listed = paths.resolve(image);
            String owner = owners.putIfAbsent(listed.id(), split);
            if (owner != null) {
                problems.add(split, image + " is also in " + owner);
            } else {
                paths.problem(listed.file()).ifPresent(problem -> problems.add(split, image + problem));
            }
        }));
    }

    private void checkClasses(
            Map<String, Map<String, List<JsonNode>>> splits, SortedSet<Long> classes, DatasetProblems problems) {
        for (String split : List.of(validation, test)) {
            SortedSet<Long> found = found(splits.get(split));
            List<Long> unknown =
                    found.stream().filter(number -> !classes.contains(number)).toList();
            if (!unknown.isEmpty()) {
                problems.add(
                        split,
                        "its classes must be those of " + train + " (" + classes.size() + ", from " + classes.first()
                                + " to " + classes.last() + "); not among them: " + unknown);
            }
        }
    }
}
