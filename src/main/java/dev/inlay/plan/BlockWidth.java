package dev.inlay.plan;

/**
 * What a plan of Adapter+ gives a block, and why.
 *
 * @param block index of the block
 * @param dim embedding dimension of the block, D, at least 1
 * @param score sum of the scores of the block's tensors, finite and not negative
 * @param width inner width of the bottleneck behind the block; 0 for a block that stays as it is
 */
public record BlockWidth(int block, int dim, double score, int width) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public BlockWidth {
        if (block < 0 || dim < 1 || width < 0 || !(score >= 0 && score < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("block " + block + ": expected a dimension of at least 1, a score and a"
                    + " width of at least 0, found " + dim + ", " + score + " and " + width);
        }
    }

    /** What it costs: 2 · D · width + width + 2 · D parameters, or none for a width of 0. */
    public long parameters() {
        return width == 0 ? 0 : ModuleKind.ADAPTER_PLUS.parameters(dim, dim, width);
    }
}
