package dev.inlay.record;

/**
 * What a plan of Adapter+ gives a block.
 *
 * @param block index of the block
 * @param scoreSum sum of the scores of its tensors
 * @param width inner width of the bottleneck behind it; 0 if there is none
 * @param parameters how many of them it has
 */
public record BlockRecord(int block, double scoreSum, int width, long parameters) {
    /**
     * @throws IllegalArgumentException if a count is negative
     */
    public BlockRecord {
        Check.notNegative("width", width);
        Check.notNegative("parameters", parameters);
    }
}
