package dev.inlay.sensitivity;

import dev.inlay.error.ConfigException;

/**
 * How gradients are taken.
 *
 * @param memory what is kept between forward and backward; the scores are the same
 * @param microBatch examples per piece where {@code memory} is MICRO
 * @param perSample square the gradient of each example instead of the batch mean's
 * @param dropPath stochastic depth of the last block; 0 is evaluation mode, the original code scores with 0.1
 * @param maps whether the loss is of the pixels of images, from the map of their patches
 */
public record ScoringOptions(Memory memory, int microBatch, boolean perSample, double dropPath, boolean maps) {
    /** Of a loss of features. */
    public ScoringOptions(Memory memory, int microBatch, boolean perSample, double dropPath) {
        this(memory, microBatch, perSample, dropPath, false);
    }

    /** What a scoring pass keeps in memory. */
    public enum Memory {
        /** All activations of a batch, one gradient at a time. */
        PLAIN,
        /** The inputs of the blocks, whose activations are computed again one by one; one gradient at a time. */
        RECOMPUTE,
        /** All activations of a piece of the batch, and all gradients. */
        MICRO
    }

    /** Checks the ranges. */
    public ScoringOptions {
        if (memory == Memory.MICRO && microBatch < 1) {
            throw new ConfigException("sensitivity.microBatch: must be at least 1, found " + microBatch);
        }
        if (!(dropPath >= 0 && dropPath < 1)) {
            throw new ConfigException("sensitivity: drop path must be in [0, 1), found " + dropPath);
        }
    }

    /** Evaluation mode, all activations kept. */
    public static ScoringOptions plain() {
        return new ScoringOptions(Memory.PLAIN, 1, false, 0);
    }
}
