package dev.inlay.record;

/**
 * One regularisation that a linear probe was fitted with.
 *
 * @param l2 L2 penalty on the probe's weights in its loss, at least 0
 * @param validationTop1 its top-1 fraction on the validation split, in [0, 1]
 * @param chosen true for the one whose probe was tested
 */
public record Regularisation(double l2, double validationTop1, boolean chosen) {
    /**
     * @throws IllegalArgumentException if {@code l2} is not finite or {@code validationTop1} outside [0, 1]
     */
    public Regularisation {
        Check.finite("l2", l2);
        Check.score("validationTop1", validationTop1);
    }
}
