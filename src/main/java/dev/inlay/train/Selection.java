package dev.inlay.train;

/**
 * Which epoch's parameters a training ends with, and whether it may end early. Epochs are compared by top-1 on the validation
 * split wherever it is evaluated, those of equal top-1 by their loss there; epoch 0, the start, is one of them.
 *
 * @param best whether training ends with the parameters of the best epoch, not with those of the last
 * @param patience ends a training after so many epochs without a better one; 0 for never
 */
public record Selection(boolean best, int patience) {
    /** The last epoch's parameters, after all epochs. */
    public static final Selection LAST = new Selection(false, 0);

    /**
     * @throws IllegalArgumentException if {@code patience} is negative
     */
    public Selection {
        if (patience < 0) {
            throw new IllegalArgumentException("patience must be at least 0, is " + patience);
        }
    }

    /** Whether the validation split decides anything. */
    public boolean isMade() {
        return best || patience > 0;
    }
}
