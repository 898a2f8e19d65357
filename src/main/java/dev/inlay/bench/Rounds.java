package dev.inlay.bench;

import java.util.List;

/**
 * What some runs took, in their order.
 *
 * @param seconds of each
 * @param processorSeconds of each, of all threads; other work on the machine does not count in it
 * @param results what each gave, such as its loss
 */
public record Rounds(List<Double> seconds, List<Double> processorSeconds, List<Double> results) {
    /** Copies the lists. */
    public Rounds {
        seconds = List.copyOf(seconds);
        processorSeconds = List.copyOf(processorSeconds);
        results = List.copyOf(results);
    }

    /** The middle of {@link #seconds}; of an even number the lower one of two. */
    public double median() {
        return quantile(seconds, 0.5);
    }

    /** The middle of {@link #processorSeconds}. */
    public double medianProcessor() {
        return quantile(processorSeconds, 0.5);
    }

    /** The smallest of {@link #seconds}. */
    public double least() {
        return quantile(seconds, 0);
    }

    /** The largest of {@link #seconds}. */
    public double most() {
        return quantile(seconds, 1);
    }

    private static double quantile(List<Double> values, double q) {
        return values.stream().sorted().toList().get((int) (q * (values.size() - 1)));
    }
}
