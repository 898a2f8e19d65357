package dev.inlay.data.source;

import dev.inlay.data.source.ImageFiles.LabelledFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which images belong together, such as those of one patient or one burst of a camera: all of them are in one split.
 *
 * @param byId from the id of an image to its group; empty if every image is alone
 */
record Groups(Map<String, String> byId) {
    /** Every image is alone. */
    static final Groups NONE = new Groups(Map.of());

    /**
     * Groups by what a regular expression captures in the path of an image.
     *
     * @param pattern with one capturing group
     * @param problems gets the images that do not match
     */
    static Groups matching(Pattern pattern, List<LabelledFile> files, DatasetProblems problems) {
        Map<String, String> byId = new HashMap<>();
        for (LabelledFile file : files) {
            Matcher matcher = pattern.matcher(file.id());
            if (matcher.find() && matcher.group(1) != null) {
                byId.put(file.id(), matcher.group(1));
            } else {
                problems.add(file.id(), "data.groups: " + pattern + " finds no group in this path");
            }
        }
        return new Groups(byId);
    }

    boolean isNone() {
        return byId.isEmpty();
    }

    String of(LabelledFile file) {
        return byId.get(file.id());
    }

    /** Indices of the images of each group, in the order of the groups' names. */
    List<List<Integer>> of(List<LabelledFile> files) {
        Map<String, List<Integer>> groups = new TreeMap<>();
        for (int i = 0; i < files.size(); i++) {
            groups.computeIfAbsent(of(files.get(i)), name -> new ArrayList<>()).add(i);
        }
        return List.copyOf(groups.values());
    }

    /** Notes every group that has images in more than one split. */
    void requireWhole(SeededSplit.Parts parts, DatasetProblems problems) {
        if (isNone()) {
            return;
        }
        Map<String, Map<SplitName, LabelledFile>> first = new TreeMap<>();
        Map<SplitName, List<LabelledFile>> splits = new LinkedHashMap<>();
        splits.put(SplitName.TRAIN, parts.train());
        splits.put(SplitName.VALIDATION, parts.validation());
        splits.put(SplitName.TEST, parts.test());
        splits.forEach((split, files) -> files.forEach(file ->
                first.computeIfAbsent(of(file), group -> new LinkedHashMap<>()).putIfAbsent(split, file)));
        first.forEach((group, where) -> {
            if (where.size() > 1) {
                List<String> words = where.entrySet().stream()
                        .map(entry -> entry.getKey() + " (" + entry.getValue().id() + ")")
                        .toList();
                problems.add(
                        "group " + group,
                        "has images in " + String.join(" and in ", words)
                                + "; keep it in one split, or leave out data.groups");
            }
        });
    }
}
