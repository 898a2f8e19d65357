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
        DatasetProblems problems = new DatasetProblems();
        Path folder = root.resolve(images).normalize();
        Map<String, Map<String, Long>> splits = new LinkedHashMap<>();
        for (String split : List.of(train, validation, test)) {
            splits.put(split, parse(root, split, problems));
        }
        problems.throwIfAny(root.toString());
        ListedPaths paths = new ListedPaths(folder);
        checkImages(splits, paths, problems);
        SortedSet<Long> classes = new TreeSet<>(splits.get(train).values());
        checkClasses(splits, classes, problems);
        problems.throwIfAny(root.toString());
        Map<Long, Integer> labels = new HashMap<>();
        classes.forEach(number -> labels.put(number, labels.size()));
        List<String> names = classes.stream().map(String::valueOf).toList();
        Map<String, ImageFiles> files = new HashMap<>();
        splits.forEach((split, labelled) -> files.put(
                split,
                new ImageFiles(
                        root.resolve(split).toString(),
                        LabelSpace.oneOf(names),
                        labelled.entrySet().stream()
                                .map(image -> {
                                    ListedPaths.Listed listed = paths.resolve(image.getKey());
                                    return new LabelledFile(listed.id(), listed.file(), labels.get(image.getValue()));
                                })
                                .toList(),
                        decoder,
                        false)));
        Dataset trained = files.get(train);
        Dataset validated = files.get(validation);
        return new Splits<>(trained, validated, new JoinedDataset(trained, validated), files.get(test));
    }

    private static Map<String, Long> parse(Path root, String split, DatasetProblems problems) {
        Map<String, Long> images = new LinkedHashMap<>();
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
                JsonNode number = image.getValue();
                if (number.isIntegralNumber() && number.canConvertToLong()) {
                    images.put(image.getKey(), number.longValue());
                } else {
                    problems.add(split, image.getKey() + ": expected a class, a whole number, found " + number);
                }
            });
        } catch (JsonProcessingException e) {
            problems.add(split, "expected JSON, found a fault: " + JsonFault.of(e));
        }
        return images;
    }

    private static void checkImages(
            Map<String, Map<String, Long>> splits, ListedPaths paths, DatasetProblems problems) {
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
            Map<String, Map<String, Long>> splits, SortedSet<Long> classes, DatasetProblems problems) {
        for (String split : List.of(validation, test)) {
            SortedSet<Long> found = new TreeSet<>(splits.get(split).values());
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
