package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lists of pairs: each line the path of an image and that of its mask, with a tab, a comma or blanks between them. Paths start at
 * the root; where they hold commas or blanks, a tab is between them. Empty lines are passed over.
 *
 * @param root the folder of lists, images and masks
 * @param train name of the list of training images, below the root
 * @param validation name of the list of validation images; without it they are drawn from those to train on
 * @param test likewise of test images
 */
public record MaskLists(Path root, String train, Optional<String> validation, Optional<String> test) {
    private static final List<String> SEPARATORS = List.of("\t", ",", "\\s+");

    /**
     * Reads the lists; no image is opened yet.
     *
     * @param reading of the masks
     * @param split what to draw where there is no list
     * @param decoder reads the images and masks
     * @throws DataException naming every line with a file that is missing, an image that is listed before or has two masks, or
     *     another form
     */
    public Listed read(MaskReading reading, SeededSplit split, ImageDecoder decoder) {
        DatasetProblems problems = new DatasetProblems();
        Map<String, Path> maskOf = new HashMap<>();
        Map<SplitName, List<LabelledFile>> found = new EnumMap<>(SplitName.class);
        found.put(SplitName.TRAIN, pairs(train, maskOf, problems));
        validation.ifPresent(list -> found.put(SplitName.VALIDATION, pairs(list, maskOf, problems)));
        test.ifPresent(list -> found.put(SplitName.TEST, pairs(list, maskOf, problems)));
        problems.throwIfAny(root.toString());
        Splits<Dataset> splits = MaskFiles.splits(root, found, maskOf, reading, split, decoder, problems);
        return new Listed(splits, List.of());
    }

    private List<LabelledFile> pairs(String list, Map<String, Path> maskOf, DatasetProblems problems) {
        List<LabelledFile> files = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        if (!Files.exists(root.resolve(list))) {
            problems.add(list, "the list is missing below " + root);
            return files;
        }
        ListedPaths paths = new ListedPaths(root);
        List<String> lines = TextLines.read(root.resolve(list), "the list");
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty()) {
                continue;
            }
            String place = list + " line " + (i + 1);
            String[] pair = parts(line);
            if (pair.length != 2) {
                problems.add(
                        place,
                        "expected the path of an image, a tab, and the path of its mask; found \"" + line + "\"");
                continue;
            }
            ListedPaths.Listed image = paths.resolve(pair[0].strip());
            ListedPaths.Listed mask = paths.resolve(pair[1].strip());
            Integer before = seen.putIfAbsent(image.id(), i + 1);
            if (before != null) {
                problems.add(place, image.id() + " is already listed in line " + before);
            }
            Path other = maskOf.putIfAbsent(image.id(), mask.file());
            if (other != null && !other.equals(mask.file())) {
                problems.add(place, image.id() + " has the mask " + other + " in another place");
            }
            paths.problem(image.file()).ifPresent(problem -> problems.add(place, image.id() + problem));
            paths.problem(mask.file()).ifPresent(problem -> problems.add(place, mask.id() + problem));
            files.add(new LabelledFile(image.id(), image.file(), 0));
        }
        if (files.isEmpty()) {
            problems.add(list, "no pair is listed");
        }
        return files;
    }

    /** By the first separator that the line has. */
    private static String[] parts(String line) {
        return SEPARATORS.stream()
                .map(line::split)
                .filter(parts -> parts.length > 1)
                .findFirst()
                .orElse(new String[] {line});
    }
}
