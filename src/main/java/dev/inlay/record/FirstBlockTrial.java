package dev.inlay.record;

/**
 * A training that left everything before a block as it is, judged on the validation split.
 *
 * @param block index of the first tuned block; 0 where what stands before the blocks was tuned too
 * @param validationTop1 top-1 fraction on the validation split, in [0, 1]
 * @param seconds that the training took, what its frozen blocks give of the training images included
 * @param chosen true for the block that the run used
 */
public record FirstBlockTrial(int block, double validationTop1, double seconds, boolean chosen) {
    /**
     * @throws IllegalArgumentException if {@code block} is negative, {@code validationTop1} outside [0, 1] or
     *     {@code seconds} not finite
     */
    public FirstBlockTrial {
        Check.notNegative("block", block);
        Check.fraction("validationTop1", validationTop1);
        Check.finite("seconds", seconds);
    }
}
