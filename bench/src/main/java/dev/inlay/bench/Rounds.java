package dev.inlay.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

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

    /**
     * Runs work so many times, one after the other.
     *
     * @param work gives the result of a run
     * @param scale by what times are multiplied, where a part is run for the whole or the whole many times
     */
    public static Rounds measure(int times, DoubleSupplier work, double scale) {
        List<Double> seconds = new ArrayList<>();
        List<Double> processor = new ArrayList<>();
        List<Double> results = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            Duration before = processorTime();
            long start = System.nanoTime();
            results.add(work.getAsDouble());
            seconds.add((System.nanoTime() - start) / 1e9 * scale);
            processor.add(processorTime().minus(before).toNanos() / 1e9 * scale);
        }
        return new Rounds(seconds, processor, results);
    }

    private static Duration processorTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Returns some rounds and then others. */
    public Rounds and(Rounds others) {
        return new Rounds(
                joined(seconds, others.seconds),
                joined(processorSeconds, others.processorSeconds),
                joined(results, others.results));
    }

    private static List<Double> joined(List<Double> first, List<Double> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
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
