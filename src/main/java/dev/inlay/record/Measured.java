package dev.inlay.record;

import java.util.List;

/**
 * A number measured with several seeds.
 *
 * @param mean over the seeds
 * @param spread sample standard deviation over the seeds (n − 1 in the denominator); null for a single seed
 * @param seeds how many, at least 1
 */
public record Measured(double mean, Double spread, int seeds) {
    /**
     * What was measured with each seed, as one.
     *
     * @return null if nothing was
     */
    static Measured of(List<Double> values) {
        if (values.isEmpty()) {
            return null;
        }
        int n = values.size();
        double mean = values.stream().mapToDouble(Double::doubleValue).sum() / n;
        double squares = values.stream()
                .mapToDouble(value -> (value - mean) * (value - mean))
                .sum();
        return new Measured(mean, n == 1 ? null : Math.sqrt(squares / (n - 1)), n);
    }
}
