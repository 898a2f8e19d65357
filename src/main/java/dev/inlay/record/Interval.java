package dev.inlay.record;

/**
 * Between which fractions the true one is with a confidence of 95 %.
 *
 * @param low in [0, 1]
 * @param high {@code low} to 1
 */
public record Interval(double low, double high) {
    /** Two-sided 95 % quantile of the normal distribution. */
    private static final double Z = 1.959964;

    /**
     * Wilson's score interval (E. B. Wilson, "Probable inference", 1927).
     *
     * @param fraction of the examples, in [0, 1]
     * @param examples how many there are; the interval of none is [0, 1]
     */
    public static Interval wilson(double fraction, long examples) {
        if (examples == 0) {
            return new Interval(0, 1);
        }
        double middle = fraction + Z * Z / (2 * examples);
        double half = Z * Math.sqrt(fraction * (1 - fraction) / examples + Z * Z / (4.0 * examples * examples));
        double whole = 1 + Z * Z / examples;
        return new Interval(Math.max(0, (middle - half) / whole), Math.min(1, (middle + half) / whole));
    }
}
