package dev.inlay.inference;

import dev.inlay.record.CalibrationRecord;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Gathers examples by their confidence, for the expected calibration error. For one thread. */
final class ConfidenceBins {
    private static final int BINS = 15;

    private final long[] examples = new long[BINS];
    private final long[] correct = new long[BINS];
    private final double[] confidences = new double[BINS];

    /**
     * Adds an example.
     *
     * @param confidence the probability of the class that is predicted, in (0, 1]
     */
    void add(double confidence, boolean right) {
        int bin = Math.max(0, Math.min(BINS - 1, (int) Math.ceil(confidence * BINS) - 1));
        examples[bin]++;
        correct[bin] += right ? 1 : 0;
        confidences[bin] += confidence;
    }

    /** Returns Σ (n of a bin / n) · |accuracy − confidence|, in [0, 1]. */
    double error() {
        double error = IntStream.range(0, BINS)
                .mapToDouble(bin -> Math.abs(correct[bin] - confidences[bin]))
                .sum();
        return Math.min(1, error / Arrays.stream(examples).sum());
    }

    List<CalibrationRecord.Bin> bins() {
        return IntStream.range(0, BINS)
                .mapToObj(bin -> examples[bin] == 0
                        ? new CalibrationRecord.Bin(0, null, null)
                        : new CalibrationRecord.Bin(
                                examples[bin], confidences[bin] / examples[bin], (double) correct[bin] / examples[bin]))
                .toList();
    }
}
