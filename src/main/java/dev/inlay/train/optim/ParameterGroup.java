package dev.inlay.train.optim;

import java.util.List;

/**
 * Parameters that are trained alike.
 *
 * @param parameters in the order in which they are stepped; may be empty
 * @param weightDecay at least 0
 * @param learningRateFactor multiplies the learning rate of every step; at least 0, 1 for no change
 */
public record ParameterGroup(List<Parameter> parameters, double weightDecay, double learningRateFactor) {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if a number is negative or not finite
     */
    public ParameterGroup {
        parameters = List.copyOf(parameters);
        requireFinite("weightDecay", weightDecay);
        requireFinite("learningRateFactor", learningRateFactor);
    }

    private static void requireFinite(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + ": expected a finite number of at least 0, found " + value);
        }
    }
}
