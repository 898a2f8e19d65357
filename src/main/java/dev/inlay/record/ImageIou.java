package dev.inlay.record;

import java.util.Objects;

/**
 * How well the pixels of one image were told apart.
 *
 * @param example its index in the test split
 * @param id what a person calls it: its path in the list, or its index
 * @param meanIou mean over the classes that its mask or its prediction has of their intersection over union, in [0, 1]
 */
public record ImageIou(int example, String id, double meanIou) {
    /**
     * @throws IllegalArgumentException if {@code example} is negative or {@code meanIou} outside [0, 1]
     */
    public ImageIou {
        Check.notNegative("example", example);
        Objects.requireNonNull(id, "id");
        Check.fraction("meanIou", meanIou);
    }
}
