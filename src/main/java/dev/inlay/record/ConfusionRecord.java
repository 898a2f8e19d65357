package dev.inlay.record;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which class was predicted as which on the test split.
 *
 * @param classNames class names by label, C of them
 * @param counts (C, C) examples: row is the true class, column the predicted one
 */
public record ConfusionRecord(List<String> classNames, List<List<Long>> counts) {
    /**
     * @throws IllegalArgumentException if {@code counts} is not C rows of C numbers that are 0 or more
     */
    public ConfusionRecord {
        classNames = List.copyOf(classNames);
        counts = counts.stream().map(List::copyOf).toList();
        int classes = classNames.size();
        if (counts.size() != classes) {
            throw new IllegalArgumentException("counts must have " + classes + " rows, has " + counts.size());
        }
        for (int label = 0; label < classes; label++) {
            if (counts.get(label).size() != classes) {
                throw new IllegalArgumentException("row " + label + " of counts must have " + classes + " numbers, has "
                        + counts.get(label).size());
            }
            counts.get(label).forEach(count -> Check.notNegative("count", count));
        }
    }

    /**
     * @param counts (C, C) examples: row is the true class, column the predicted one
     */
    public static ConfusionRecord of(List<String> classNames, long[][] counts) {
        return new ConfusionRecord(
                classNames,
                Arrays.stream(counts)
                        .map(row -> Arrays.stream(row).boxed().toList())
                        .toList());
    }

    /** How many examples of class {@code label} were predicted as {@code predicted}. */
    public long count(int label, int predicted) {
        return counts.get(label).get(predicted);
    }

    /** How many examples of class {@code label} there are. */
    public long examples(int label) {
        return counts.get(label).stream().mapToLong(Long::longValue).sum();
    }

    /** Returns precision, recall and F1 of every class that occurs or is predicted, by label, and their averages. */
    public ClassificationReport report() {
        return ClassificationReport.of(IntStream.range(0, classNames.size())
                .filter(label -> examples(label) + predicted(label) > 0)
                .mapToObj(this::quality)
                .toList());
    }

    private ClassQuality quality(int label) {
        long correct = count(label, label);
        return new ClassQuality(
                classNames.get(label),
                examples(label),
                share(correct, predicted(label)),
                share(correct, examples(label)),
                share(2 * correct, predicted(label) + examples(label)));
    }

    private long predicted(int label) {
        return counts.stream().mapToLong(row -> row.get(label)).sum();
    }

    private static double share(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
