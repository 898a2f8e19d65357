package dev.inlay.record;

/**
 * The final training once more, from another seed.
 *
 * @param seed of its initial values, order and noise
 * @param testTop1 top-1 fraction of the last epoch on the test split, in [0, 1]
 */
public record Repeat(long seed, double testTop1) {
    /**
     * @throws IllegalArgumentException if {@code testTop1} is outside [0, 1]
     */
    public Repeat {
        Check.score("testTop1", testTop1);
    }
}
