package dev.inlay.data.source;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Divides images at random. Each split keeps the order of the files.
 *
 * @param validation share for validation where none is given, in [0, 1)
 * @param test share for test where none is given, in [0, 1); both together below 1
 * @param stratify whether every split has its share of every class, and a class keeps at least one image to train on; else
 *     every image is divided alike
 * @param groups which images belong together, so that no two splits have images of one group: the column of a manifest that
 *     names it, or a regular expression with one capturing group for paths of a folder; empty if every image is alone
 * @param fold which of several folds is for test, in place of {@code test}; empty if there are none
 * @param seed equal seeds divide equally
 */
public record SeededSplit(
        double validation, double test, boolean stratify, Optional<String> groups, Optional<Fold> fold, long seed) {
    /**
     * One of K parts of about equal size, each of which is tested on once.
     *
     * @param number in [1, K]
     * @param of K, at least 2
     */
    public record Fold(int number, int of) {}

    /**
     * @throws IllegalArgumentException if a share is out of range
     */
    public SeededSplit {
        if (!(validation >= 0 && test >= 0 && validation + test < 1)) {
            throw new IllegalArgumentException(
                    "the shares of validation and test must be at least 0 and together below 1, not " + validation
                            + " and " + test);
        }
    }

    /** A stratified division of images that are each alone. */
    public SeededSplit(double validation, double test, long seed) {
        this(validation, test, true, Optional.empty(), Optional.empty(), seed);
    }

    /** What goes where, by split. */
    record Parts(
            List<LabelledFile> train,
            List<LabelledFile> validation,
            List<LabelledFile> test,
            boolean validationIsDrawn,
            boolean testIsDrawn) {}

    /**
     * Divides {@code files} in training and what is not given beside them.
     *
     * @param kind of the labels
     * @param classNames by label
     * @param together which of all these images belong together
     * @param problems gets classes that are left without training images or are too small for the folds, folds of what is given
     *     in splits, and groups that are given in more than one split
     */
    Parts divide(
            LabelSpace.Kind kind,
            List<String> classNames,
            List<LabelledFile> files,
            Optional<List<LabelledFile>> givenValidation,
            Optional<List<LabelledFile>> givenTest,
            Groups together,
            DatasetProblems problems) {
        if (fold.isPresent() && (givenValidation.isPresent() || givenTest.isPresent())) {
            problems.add(
                    "data.split.folds",
                    "divides all images, but some are given for validation or test; leave out data.split.folds, or name"
                            + " images without a division");
            return new Parts(files, List.of(), List.of(), false, false);
        }
        int[] parts = fold.isPresent()
                ? around(fold.get(), classNames, files, together, problems)
                : drawn(
                        files,
                        givenValidation.isPresent() ? 0 : validation,
                        givenTest.isPresent() ? 0 : test,
                        together);
        Parts divided = new Parts(
                select(files, parts, 0),
                givenValidation.orElseGet(() -> select(files, parts, 1)),
                givenTest.orElseGet(() -> select(files, parts, 2)),
                givenValidation.isEmpty(),
                givenTest.isEmpty());
        switch (kind) {
            case SINGLE -> requireTrained(classNames, files, divided.train, problems);
            case MULTI -> requireEachTrained(classNames, files, divided.train, problems);
            case NUMBERS, MASKS -> {
                // any image teaches all of them, or what it shows is not known yet
            }
        }
        together.requireWhole(divided, problems);
        return divided;
    }

    private void requireTrained(
            List<String> classNames, List<LabelledFile> files, List<LabelledFile> train, DatasetProblems problems) {
        Set<Integer> missing = new TreeSet<>();
        files.forEach(file -> missing.add(file.label()));
        train.forEach(file -> missing.remove(file.label()));
        missing.forEach(label -> problems.add(
                "class " + classNames.get(label),
                "no image is left to train on; "
                        + (groups.isPresent()
                                ? "its images are in too few groups: add some, or lower data.split.validation and"
                                        + " data.split.test"
                                : "set data.split.stratify: true")));
    }

    private static void requireEachTrained(
            List<String> classNames, List<LabelledFile> files, List<LabelledFile> train, DatasetProblems problems) {
        for (int c = 0; c < classNames.size(); c++) {
            int of = c;
            if (files.stream().anyMatch(file -> file.target().get(of) == 1)
                    && train.stream().noneMatch(file -> file.target().get(of) == 1)) {
                problems.add(
                        "class " + classNames.get(c),
                        "no image that has it is left to train on; add some, or say in a column split what is for what");
            }
        }
    }

    /** The part of each image: 0 for train, 1 for validation, 2 for test. */
    private int[] drawn(List<LabelledFile> files, double validations, double tests, Groups together) {
        return together.isNone()
                ? byStratum(files, validations, tests)
                : together.divide(
                        files, this::stratum, Key.of(seed, "groups"), 1 - validations - tests, validations, tests);
    }

    /** The part of each image around a fold: 2 in it, 0 or 1 in the others. */
    private int[] around(
            Fold tested, List<String> classNames, List<LabelledFile> files, Groups together, DatasetProblems problems) {
        requireMembers(tested.of, classNames, files, together, problems);
        double[] equal = new double[tested.of];
        Arrays.fill(equal, 1.0 / tested.of);
        int[] folds = together.isNone()
                ? dealt(files, tested.of)
                : together.divide(files, this::stratum, Key.of(seed, "folds"), equal);
        List<Integer> others = IntStream.range(0, files.size())
                .filter(i -> folds[i] != tested.number - 1)
                .boxed()
                .toList();
        int[] rest =
                drawn(others.stream().map(files::get).toList(), validation * tested.of / (tested.of - 1), 0, together);
        int[] parts = new int[files.size()];
        Arrays.fill(parts, 2);
        for (int i = 0; i < rest.length; i++) {
            parts[others.get(i)] = rest[i];
        }
        return parts;
    }

    /** The fold of each image, from 0: each class dealt out in turn, so that sizes differ by one at most. */
    private int[] dealt(List<LabelledFile> files, int folds) {
        Key key = Key.of(seed, "folds");
        int[] dealt = new int[files.size()];
        int next = 0;
        for (Map.Entry<Integer, List<Integer>> stratum : strata(files).entrySet()) {
            List<Integer> members = stratum.getValue();
            for (int k : key.at(stratum.getKey()).permutation(members.size())) {
                dealt[members.get(k)] = next++ % folds;
            }
        }
        return dealt;
    }

    /** Notes classes that have not one image, or one group, for each fold. */
    private void requireMembers(
            int folds, List<String> classNames, List<LabelledFile> files, Groups together, DatasetProblems problems) {
        Map<Integer, Set<String>> members = new TreeMap<>();
        files.forEach(file -> members.computeIfAbsent(stratum(file), label -> new HashSet<>())
                .add(together.isNone() ? file.id() : together.of(file)));
        members.forEach((label, distinct) -> {
            if (distinct.size() < folds) {
                problems.add(
                        stratify ? "class " + classNames.get(label) : "all classes",
                        distinct.size() + (together.isNone() ? " images" : " groups") + ", but data.split.folds is "
                                + folds + "; have at most " + distinct.size() + " folds, or add images");
            }
        });
    }

    private Map<Integer, List<Integer>> strata(List<LabelledFile> files) {
        Map<Integer, List<Integer>> byLabel = new TreeMap<>();
        for (int i = 0; i < files.size(); i++) {
            byLabel.computeIfAbsent(stratum(files.get(i)), label -> new ArrayList<>())
                    .add(i);
        }
        return byLabel;
    }

    private int[] byStratum(List<LabelledFile> files, double validationShare, double testShare) {
        Key key = Key.of(seed, "split");
        int[] parts = new int[files.size()];
        strata(files).forEach((label, members) -> {
            int validations = (int) Math.rint(members.size() * validationShare);
            int tests = (int) Math.rint(members.size() * testShare);
            int trains = Math.max(1, members.size() - tests - validations);
            int place = 0;
            for (int k : key.at(label).permutation(members.size())) {
                parts[members.get(k)] = place < trains ? 0 : place < trains + validations ? 1 : 2;
                place++;
            }
        });
        return parts;
    }

    /** What images are divided within: a class, or all images. */
    private int stratum(LabelledFile file) {
        return stratify ? file.label() : 0;
    }

    private static List<LabelledFile> select(List<LabelledFile> files, int[] parts, int part) {
        return IntStream.range(0, parts.length)
                .filter(i -> parts[i] == part)
                .<LabelledFile>mapToObj(files::get)
                .toList();
    }
}
