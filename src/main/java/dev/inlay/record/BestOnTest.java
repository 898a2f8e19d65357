package dev.inlay.record;

/**
 * The best epoch as the test split saw it. It is chosen with the answers in hand, so it is shown as an extra beside the
 * result and never as the result.
 *
 * @param top1 its top-1 fraction on the test split, in [0, 1]
 * @param epoch its number, from 1
 */
public record BestOnTest(double top1, int epoch) {
    /**
     * @throws IllegalArgumentException if {@code top1} is outside [0, 1] or {@code epoch} below 1
     */
    public BestOnTest {
        Check.score("top1", top1);
        if (epoch < 1) {
            throw new IllegalArgumentException("epoch must be at least 1, is " + epoch);
        }
    }
}
