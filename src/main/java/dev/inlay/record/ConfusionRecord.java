package dev.inlay.record;

import java.util.Arrays;
import java.util.List;

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

    /** How many examples of class {@code label} were taken for {@code predicted}. */
    public long count(int label, int predicted) {
        return counts.get(label).get(predicted);
    }

    /** How many examples of class {@code label} there are. */
    public long examples(int label) {
        return counts.get(label).stream().mapToLong(Long::longValue).sum();
    }
}
