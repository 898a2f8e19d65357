package dev.inlay.data.source;

import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Divides images at random, class by class, so that every split has its share of every class; a class keeps at least
 * one image to train on. Each split keeps the order of the files.
 *
 * @param validation share for validation where none is given, in [0, 1)
 * @param test share for test where none is given, in [0, 1); both together below 1
 * @param seed equal seeds divide equally
 */
public record SeededSplit(double validation, double test, long seed) {
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

    /** What goes where, by split. */
    record Parts(
            List<LabelledFile> train,
            List<LabelledFile> validation,
            List<LabelledFile> test,
            boolean validationIsDrawn,
            boolean testIsDrawn) {}

    /** Divides {@code files} in three. */
    Parts divide(List<LabelledFile> files) {
        return divide(files, Optional.empty(), Optional.empty());
    }

    /** Divides {@code files} in training and what is not given beside them. */
    Parts divide(
            List<LabelledFile> files,
            Optional<List<LabelledFile>> givenValidation,
            Optional<List<LabelledFile>> givenTest) {
        Parts parts = drawn(files, givenValidation.isPresent() ? 0 : validation, givenTest.isPresent() ? 0 : test);
        return new Parts(
                parts.train,
                givenValidation.orElse(parts.validation),
                givenTest.orElse(parts.test),
                givenValidation.isEmpty(),
                givenTest.isEmpty());
    }

    private Parts drawn(List<LabelledFile> files, double validationShare, double testShare) {
        Map<Integer, List<Integer>> byLabel = IntStream.range(0, files.size())
                .boxed()
                .collect(Collectors.groupingBy(i -> files.get(i).label()));
        Key key = Key.of(seed, "split");
        List<Integer> train = new ArrayList<>();
        List<Integer> chosen = new ArrayList<>();
        List<Integer> tested = new ArrayList<>();
        byLabel.forEach((label, members) -> {
            int validations = (int) Math.rint(members.size() * validationShare);
            int tests = (int) Math.rint(members.size() * testShare);
            int trains = Math.max(1, members.size() - tests - validations);
            int place = 0;
            for (int k : key.at(label).permutation(members.size())) {
                List<Integer> part = place < trains ? train : place < trains + validations ? chosen : tested;
                part.add(members.get(k));
                place++;
            }
        });
        return new Parts(select(files, train), select(files, chosen), select(files, tested), true, true);
    }

    private static List<LabelledFile> select(List<LabelledFile> files, List<Integer> indices) {
        return indices.stream().sorted().map(files::get).toList();
    }
}
