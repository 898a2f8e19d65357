package dev.inlay.record;

import java.util.Objects;

/**
 * A test example that the tuned model got wrong.
 *
 * @param example its index in the test split
 * @param id what a person calls it: its path in the list, or its index
 * @param label name of its class
 * @param predicted name of the predicted class
 * @param confidence probability given to {@code predicted}, in [0, 1]
 * @param labelProbability probability given to {@code label}, in [0, 1]
 */
public record Mistake(
        int example, String id, String label, String predicted, double confidence, double labelProbability) {
    /**
     * @throws IllegalArgumentException if {@code example} is negative or a probability outside [0, 1]
     */
    public Mistake {
        Check.notNegative("example", example);
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(predicted, "predicted");
        Check.fraction("confidence", confidence);
        Check.fraction("labelProbability", labelProbability);
    }
}
