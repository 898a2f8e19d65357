package dev.inlay.data.loading;

import org.bytedeco.pytorch.Tensor;

/**
 * Some examples as tensors on one device, which belong to the scope of whoever asked for the batch.
 *
 * @param indices which examples, B of them, as draws of {@link Order}
 * @param input what goes into the backbone, float32: normalised images (B, 3, H, W), or what its first steps gave for them
 * @param step the step of the backbone that takes {@code input}; 0 for images
 * @param labels (B) int64
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Batch(int[] indices, Tensor input, int step, Tensor labels) {
    /** Some examples as images (B, 3, H, W). */
    public Batch(int[] indices, Tensor images, Tensor labels) {
        this(indices, images, 0, labels);
    }

    /** B. */
    public int size() {
        return indices.length;
    }
}
