package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lists in the form of VTAB-1k as SPT and NOAH share it: each line a path below a root, blanks or tabs, and a label in
 * 0 … classes - 1. Empty lines are passed over.
 *
 * @param images the folder below the root that paths start at; empty or {@code .} for the root itself
 * @param train name of the list of training images, below the root
 * @param validation name of the list of validation images
 * @param trainAndValidation name of the list of both
 * @param test name of the list of test images
 */
public record VtabLists(String images, String train, String validation, String trainAndValidation, String test) {
    /** The names of VTAB-1k: {@code train800.txt}, {@code val200.txt}, {@code train800val200.txt}, {@code test.txt}. */
    public static final VtabLists STANDARD =
            new VtabLists(".", "train800.txt", "val200.txt", "train800val200.txt", "test.txt");

    private static final String CLASSES = "classes.txt";
    private static final Pattern LINE = Pattern.compile("\\s*(?<path>.*\\S)\\s+(?<label>\\S+)\\s*");

    /**
     * Reads the lists. The class names are the lines of {@code classes.txt} if the root has one, otherwise the labels
     * themselves.
     *
     * @param root the folder of lists and images
     * @param decoder reads the images
     * @throws DataException naming every list and line with a missing image, a label out of range, a form that is not
     *     path, blanks, label, an image listed twice, or a test image that is also trained on
     */
    public Splits<Dataset> read(Path root, ImageDecoder decoder) {
        DatasetProblems problems = new DatasetProblems();
        Path folder = root.resolve(images).normalize();
        Map<String, List<Line>> lists = new LinkedHashMap<>();
        for (String list : List.of(train, validation, trainAndValidation, test)) {
            lists.computeIfAbsent(list, name -> parse(root, name, folder, problems));
        }
        checkOverlap(lists, problems);
        List<String> classNames = Files.exists(root.resolve(CLASSES))
                ? namedClasses(root.resolve(CLASSES), lists, problems)
                : numberedClasses(lists, problems);
        problems.throwIfAny(root.toString());
        Map<String, ImageFiles> files = new HashMap<>();
        lists.forEach((list, lines) -> files.put(
                list,
                new ImageFiles(
                        root.resolve(list).toString(),
                        LabelSpace.oneOf(classNames),
                        lines.stream()
                                .map(line -> new LabelledFile(line.path, line.file, line.label))
                                .toList(),
                        decoder,
                        false)));
        return new Splits<>(files.get(train), files.get(validation), files.get(trainAndValidation), files.get(test));
    }

    private static List<Line> parse(Path root, String list, Path folder, DatasetProblems problems) {
        List<Line> lines = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        if (!Files.exists(root.resolve(list))) {
            problems.add(list, "the list is missing below " + root);
            return lines;
        }
        ListedPaths paths = new ListedPaths(folder);
        int number = 0;
        boolean empty = true;
        for (String text : TextLines.read(root.resolve(list), "the list")) {
            number++;
            if (text.isBlank()) {
                continue;
            }
            empty = false;
            String place = list + " line " + number;
            Matcher parts = LINE.matcher(text);
            int label = parts.matches() ? label(parts.group("label")) : -1;
            if (label < 0) {
                problems.add(place, "expected path, space, label from 0; found \"" + text + "\"");
                continue;
            }
            ListedPaths.Listed listed = paths.resolve(parts.group("path"));
            Integer before = seen.putIfAbsent(listed.id(), number);
            if (before != null) {
                problems.add(place, listed.id() + " is already listed in line " + before);
            } else {
                paths.problem(listed.file()).ifPresent(problem -> problems.add(place, listed.id() + problem));
            }
            lines.add(new Line(listed.id(), listed.file(), label, number));
        }
        if (empty) {
            problems.add(list, "the list is empty");
        }
        return lines;
    }

    private static int label(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private void checkOverlap(Map<String, List<Line>> lists, DatasetProblems problems) {
        Set<String> trained = new HashSet<>();
        for (String list : List.of(train, validation, trainAndValidation)) {
            lists.get(list).forEach(line -> trained.add(line.path));
        }
        if (Set.of(train, validation, trainAndValidation).contains(test)) {
            return;
        }
        for (Line line : lists.get(test)) {
            if (trained.contains(line.path)) {
                problems.add(line.place(test), line.path + " is also in a list to train on");
            }
        }
    }

    private static List<String> namedClasses(Path file, Map<String, List<Line>> lists, DatasetProblems problems) {
        List<String> names = TextLines.text(file, "the list of class names")
                .stripTrailing()
                .lines()
                .map(String::strip)
                .toList();
        Set<String> seen = new HashSet<>();
        for (int label = 0; label < names.size(); label++) {
            String name = names.get(label);
            if (name.isBlank() || !seen.add(name)) {
                problems.add(
                        CLASSES + " line " + (label + 1), "expected a class name of its own, found \"" + name + "\"");
            }
        }
        lists.forEach((list, lines) -> {
            for (Line line : lines) {
                if (line.label >= names.size()) {
                    problems.add(
                            line.place(list),
                            "label " + line.label + ", expected 0 to " + (names.size() - 1) + " as in " + CLASSES);
                }
            }
        });
        return names;
    }

    private static List<String> numberedClasses(Map<String, List<Line>> lists, DatasetProblems problems) {
        SortedSet<Integer> labels = new TreeSet<>();
        lists.values().forEach(lines -> lines.forEach(line -> labels.add(line.label)));
        List<String> names = new ArrayList<>();
        for (int label : labels) {
            if (label != names.size()) {
                problems.add(
                        "labels",
                        "expected 0 to " + (labels.size() - 1) + " for " + labels.size()
                                + " classes, found no image of " + names.size() + " but some of " + label);
                break;
            }
            names.add(Integer.toString(label));
        }
        return names;
    }

    private record Line(String path, Path file, int label, int number) {
        String place(String list) {
            return list + " line " + number;
        }
    }
}
