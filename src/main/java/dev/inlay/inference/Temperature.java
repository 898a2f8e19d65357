package dev.inlay.inference;

import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * Temperature scaling (Guo et al., "On calibration of modern neural networks", 2017): the one number T for which
 * softmax(logits / T) has the least cross-entropy on labelled examples. It changes no prediction.
 */
public final class Temperature {
    private static final double LEAST = 1e-3;
    private static final double MOST = 1e3;
    private static final int MAX_STEPS = 200;
    private static final double TOLERANCE = 1e-12;

    private Temperature() {}

    /**
     * Fits it by Newton's method on 1 / T, in which the cross-entropy is convex, kept within a bracket.
     *
     * @param logits (N, C), row by row, finite
     * @param labels N of them in [0, C), at least one
     * @return T from 0.001 to 1,000; empty if no T is best: all examples are predicted right, so the smaller the better, or
     *     the logits tell no more than chance, so the larger the better
     */
    public static OptionalDouble fit(float[] logits, int[] labels) {
        double low = 1 / MOST;
        double high = 1 / LEAST;
        if (slope(logits, labels, low)[0] >= 0 || slope(logits, labels, high)[0] <= 0) {
            return OptionalDouble.empty();
        }
        double inverse = 1;
        for (int step = 0; step < MAX_STEPS && high - low > TOLERANCE * high; step++) {
            double[] found = slope(logits, labels, inverse);
            if (found[0] < 0) {
                low = inverse;
            } else {
                high = inverse;
            }
            double next = inverse - found[0] / found[1];
            if (Math.abs(next - inverse) <= TOLERANCE * inverse) {
                break;
            }
            inverse = next > low && next < high ? next : Math.sqrt(low * high);
        }
        return OptionalDouble.of(1 / inverse);
    }

    /** The first and the second derivative of the mean cross-entropy by 1 / T. */
    private static double[] slope(float[] logits, int[] labels, double inverse) {
        int classes = logits.length / labels.length;
        double first = 0;
        double second = 0;
        for (int i = 0; i < labels.length; i++) {
            float[] row = Arrays.copyOfRange(logits, i * classes, (i + 1) * classes);
            double ofLabel = row[labels[i]];
            double largest = Double.NEGATIVE_INFINITY;
            for (float logit : row) {
                largest = Math.max(largest, logit);
            }
            double sum = 0;
            double mean = 0;
            double square = 0;
            for (float logit : row) {
                double weight = Math.exp(inverse * (logit - largest));
                double distance = logit - ofLabel;
                sum += weight;
                mean += weight * distance;
                square += weight * distance * distance;
            }
            mean /= sum;
            first += mean;
            second += square / sum - mean * mean;
        }
        return new double[] {first / labels.length, second / labels.length};
    }
}
