package dev.inlay.data.loading;

import org.bytedeco.pytorch.Tensor;

/**
 * Some examples as tensors on the CPU, which belong to the scope of whoever asked for the batch.
 *
 * @param indices which examples, B of them
 * @param images (B, 3, H, W) float32, normalised
 * @param labels (B) int64
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Batch(int[] indices, Tensor images, Tensor labels) {
    /** B. */
    public int size() {
        return indices.length;
    }
}
