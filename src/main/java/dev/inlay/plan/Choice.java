package dev.inlay.plan;

import java.util.OptionalLong;

/**
 * Why a candidate is tuned as it is.
 *
 * @param candidate the tensor
 * @param selected how many of its weights are among the τ most sensitive
 * @param threshold how many would make it structured (a module, or the vector whole); empty if none would
 */
public record Choice(Candidate candidate, int selected, OptionalLong threshold) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException if {@code selected} is negative or above the tensor's size
     */
    public Choice {
        if (selected < 0 || selected > candidate.size()) {
            throw new IllegalArgumentException(
                    candidate.name() + ": " + selected + " selected of " + candidate.size() + " weights");
        }
    }

    /** Whether enough weights were selected for a module or the whole vector. */
    public boolean passes() {
        return threshold.isPresent() && selected >= threshold.getAsLong();
    }
}
