package dev.inlay.record;

/**
 * What the validation split decided about a training.
 *
 * @param epoch whose parameters the result has, from 1; 0 for the start
 * @param best the epoch with the best top-1 on validation, of equals the one with the lowest loss there; 0 for the start
 * @param validationTop1 of the best epoch, a fraction in [0, 1]
 * @param stoppedEarly whether training ended before all epochs for want of a better one
 */
public record SelectionRecord(int epoch, int best, double validationTop1, boolean stoppedEarly) {
    /**
     * @throws IllegalArgumentException if an epoch is negative or the fraction outside [0, 1]
     */
    public SelectionRecord {
        Check.notNegative("epoch", epoch);
        Check.notNegative("best", best);
        Check.score("validationTop1", validationTop1);
    }
}
