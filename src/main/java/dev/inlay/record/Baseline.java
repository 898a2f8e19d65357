package dev.inlay.record;

import java.util.List;
import java.util.Objects;

/**
 * What a simpler method reaches on the same splits.
 *
 * @param test its accuracy on the test split
 * @param regularisations what was tried on the validation split, in the order tried; empty if nothing was chosen
 * @param paired the task against it, example by example; null where its predictions were not kept
 */
public record Baseline(Quality test, List<Regularisation> regularisations, PairedTest paired) {
    /** Copies the list; null stands for an empty one. */
    public Baseline {
        Objects.requireNonNull(test, "test");
        regularisations = regularisations == null ? List.of() : List.copyOf(regularisations);
    }
}
