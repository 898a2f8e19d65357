package dev.inlay.record;

/**
 * Two classifiers on the same examples: McNemar's test in its exact form (Q. McNemar, 1947; a two-sided binomial test of the
 * examples that one of the two alone classifies correctly).
 *
 * @param onlyTask examples that the task alone classifies correctly
 * @param onlyBaseline examples that the simpler method alone classifies correctly
 * @param p the probability of a difference at least as large if both were equally good, in [0, 1]
 */
public record PairedTest(long onlyTask, long onlyBaseline, double p) {
    /**
     * @throws IllegalArgumentException if a count is negative or {@code p} outside [0, 1]
     */
    public PairedTest {
        Check.notNegative("onlyTask", onlyTask);
        Check.notNegative("onlyBaseline", onlyBaseline);
        Check.fraction("p", p);
    }

    /** Returns the test of two counts, each at least 0. */
    public static PairedTest of(long onlyTask, long onlyBaseline) {
        long n = onlyTask + onlyBaseline;
        double logTerm = -n * Math.log(2);
        double tail = 0;
        for (long k = 0; k <= Math.min(onlyTask, onlyBaseline); k++) {
            tail += Math.exp(logTerm);
            logTerm += Math.log((double) (n - k) / (k + 1));
        }
        return new PairedTest(onlyTask, onlyBaseline, Math.min(1, 2 * tail));
    }
}
