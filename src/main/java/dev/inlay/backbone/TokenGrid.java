package dev.inlay.backbone;

import org.bytedeco.pytorch.Tensor;

/**
 * How tokens are arranged: some that stand for no part of the image, such as the class token, then one for each patch, row
 * by row.
 *
 * @param leading number of tokens before the patches
 * @param height rows of patches
 * @param width patches in a row
 */
public record TokenGrid(int leading, int height, int width) {
    /** Number of patches. */
    public int patches() {
        return height * width;
    }

    /**
     * Lays patches out as a map.
     *
     * @param patches (B, height · width, D)
     * @return (B, D, height, width)
     */
    public Tensor map(Tensor patches) {
        return patches.transpose(1, 2).reshape(patches.size(0), patches.size(2), height, width);
    }

    /** Number of tokens, N. */
    public int tokens() {
        return leading + patches();
    }
}
