package dev.inlay.inference;

import java.util.Arrays;

/** How often examples of one class were predicted as another. Immutable; equal if all counts are. */
public final class ConfusionCounts {
    private final int[][] counts;

    /**
     * @param counts (C, C): row is the label, column the prediction; copied
     * @throws IllegalArgumentException if it is not square
     */
    public ConfusionCounts(int[][] counts) {
        this.counts = copy(counts);
        for (int[] row : counts) {
            if (row.length != counts.length) {
                throw new IllegalArgumentException(
                        "expected " + counts.length + " columns in every row, found " + row.length);
            }
        }
    }

    /** The number of classes, C. */
    public int classes() {
        return counts.length;
    }

    /** How many examples with this label were predicted as that class. */
    public int count(int label, int predicted) {
        return counts[label][predicted];
    }

    /** How many examples have this label. */
    public int examples(int label) {
        return Arrays.stream(counts[label]).sum();
    }

    /** The part of the examples with this label that was predicted right, in [0, 1]; NaN if there are none. */
    public double accuracy(int label) {
        return (double) counts[label][label] / examples(label);
    }

    /** The mean of {@link #accuracy} over the classes that occur, in [0, 1]; NaN if none does. */
    public double meanPerClass() {
        double sum = 0;
        int occurring = 0;
        for (int label = 0; label < counts.length; label++) {
            if (examples(label) > 0) {
                sum += accuracy(label);
                occurring++;
            }
        }
        return sum / occurring;
    }

    /** A copy of all counts, (C, C): row is the label, column the prediction. */
    public int[][] counts() {
        return copy(counts);
    }

    private static int[][] copy(int[][] rows) {
        return Arrays.stream(rows).map(int[]::clone).toArray(int[][]::new);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConfusionCounts that && Arrays.deepEquals(counts, that.counts);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(counts);
    }

    @Override
    public String toString() {
        return "Confusion" + Arrays.deepToString(counts);
    }
}
