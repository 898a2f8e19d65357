package dev.inlay.kernels;

import dev.inlay.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * LayerNorm over the last dimension, y = (x − μ) / √(σ² + ε) · scale + shift (Ba et al., arXiv 1607.06450).
 *
 * <p>Computed by the native library or by LibTorch, as {@link Kernels} says: native for float32 tensors in main memory whose
 * width is a multiple of 16, on a processor with AVX-512. The two agree within the rounding of single-precision sums.
 */
public final class LayerNorm {
    private LayerNorm() {}

    /**
     * Normalises rows. For the gradient {@code x} is kept, and two numbers of each row; passes with and without gradients give
     * equal bits.
     *
     * @param x (…, D)
     * @param scale (D), or null for 1; it may be trained
     * @param shift (D), or null for 0; it may be trained
     * @param epsilon ε, added to the variance
     * @return as {@code x}
     * @throws dev.inlay.error.ConfigException if the system property {@code inlay.kernels} has an unknown value
     * @throws dev.inlay.error.InlayException if it is {@code native} and there is no native library
     */
    public static Tensor of(Tensor x, Tensor scale, Tensor shift, double epsilon) {
        return Kernels.avx512(Kernels.Choice.current())
                .filter(kernels -> NativeLayerNorm.takes(x, scale, shift))
                .map(kernels -> new NativeLayerNorm(kernels, torch.get_num_threads(), epsilon))
                .map(norm -> norm.of(x, scale, shift))
                .orElseGet(() -> byLibTorch(x, scale, shift, epsilon));
    }

    static Tensor byLibTorch(Tensor x, Tensor scale, Tensor shift, double epsilon) {
        long[] row = {x.size(-1)};
        return torch.layer_norm(x, row, Tensors.optional(scale), Tensors.optional(shift), epsilon, false);
    }
}
