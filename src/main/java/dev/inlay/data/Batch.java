package dev.inlay.data;

import org.bytedeco.pytorch.Tensor;

/**
 * Some examples as tensors of the caller's scope.
 *
 * @param indices which examples they are
 * @param images (B, 3, H, W) float32, normalised
 * @param labels (B) int64
 */
public record Batch(int[] indices, Tensor images, Tensor labels) {}
