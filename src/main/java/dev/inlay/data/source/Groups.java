package dev.inlay.data.source;

import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

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

    /**
     * Divides images so that groups stay together. Groups are taken at random, larger ones first, and each goes where the
     * squares of what the parts lack of their shares of the strata sum to the least.
     *
     * @param stratum what shares are of: the class of an image, or the same for all
     * @param shares of the parts; they sum to 1
     * @return the part of each image, from 0; none in a part whose share is 0
     */
    int[] divide(List<LabelledFile> files, ToIntFunction<LabelledFile> stratum, Key key, double... shares) {
        Map<String, List<Integer>> byName = new TreeMap<>();
        Map<Integer, Integer> sizes = new TreeMap<>();
        for (int i = 0; i < files.size(); i++) {
            byName.computeIfAbsent(of(files.get(i)), name -> new ArrayList<>()).add(i);
            sizes.merge(stratum.applyAsInt(files.get(i)), 1, Integer::sum);
        }
        List<List<Integer>> groups = List.copyOf(byName.values());
        List<Map<Integer, Double>> filled = IntStream.range(0, shares.length)
                .<Map<Integer, Double>>mapToObj(part -> new TreeMap<>())
                .toList();
        int[] parts = new int[files.size()];
        IntStream.of(key.permutation(groups.size()))
                .mapToObj(groups::get)
                .sorted(Comparator.comparingInt((List<Integer> group) -> -group.size()))
                .forEach(group -> {
                    Map<Integer, Double> gain = new TreeMap<>();
                    for (int i : group) {
                        int of = stratum.applyAsInt(files.get(i));
                        gain.merge(of, 1.0 / sizes.get(of), Double::sum);
                    }
                    int best = IntStream.range(0, shares.length)
                            .filter(part -> shares[part] > 0)
                            .boxed()
                            .min(Comparator.comparingDouble(part -> cost(filled.get(part), gain, shares[part])))
                            .orElseThrow();
                    gain.forEach((of, share) -> filled.get(best).merge(of, share, Double::sum));
                    group.forEach(i -> parts[i] = best);
                });
        return parts;
    }

    /** How the sum of squares changes if a part gets a group. */
    private static double cost(Map<Integer, Double> filled, Map<Integer, Double> gain, double share) {
        return gain.entrySet().stream()
                .mapToDouble(entry -> {
                    double lacks = share - filled.getOrDefault(entry.getKey(), 0.0);
                    return Math.pow(lacks - entry.getValue(), 2) - lacks * lacks;
                })
                .sum();
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
