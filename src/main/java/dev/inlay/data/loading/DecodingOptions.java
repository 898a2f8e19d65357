package dev.inlay.data.loading;

/**
 * How images are decoded and kept.
 *
 * @param cacheBytes bound on the 8-bit samples kept in memory; what exceeds it is decoded again at every reading
 * @param threads how many decode at once, at least 1
 */
public record DecodingOptions(long cacheBytes, int threads) {
    /** Keeps up to 1 GiB, uses every processor. */
    public static final DecodingOptions DEFAULT =
            new DecodingOptions(1L << 30, Runtime.getRuntime().availableProcessors());

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public DecodingOptions {
        if (cacheBytes < 0 || threads < 1) {
            throw new IllegalArgumentException(
                    "cacheBytes must be at least 0 and threads at least 1, not " + cacheBytes + " and " + threads);
        }
    }
}
