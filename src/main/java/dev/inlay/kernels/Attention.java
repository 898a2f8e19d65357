package dev.inlay.kernels;

import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Precision;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Scaled dot-product attention, softmax(q kᵀ / √d) v in each head of width d (Vaswani et al., arXiv 1706.03762), by the native library
 * or by LibTorch, as {@link Kernels} says. Letters: B images, M queries, N keys, D the width of all heads together.
 */
public final class Attention {
    private Attention() {}

    /**
     * The attention of every image and head. Its gradient is the native library's where an {@link AutogradFunction} is open,
     * and LibTorch's elsewhere.
     *
     * @param q (B, M, D); a part of wider rows is read where it is, as with k and v
     * @param k (B, N, D)
     * @param v (B, N, D)
     * @param heads a divisor of D
     * @return (B, M, D), in bf16 if one of the three is, otherwise in their type
     * @throws dev.inlay.error.ConfigException if the system property {@code inlay.kernels} has an unknown value
     * @throws dev.inlay.error.InlayException if it is {@code native} and there is no native library, or if the library lacks memory
     */
    public static Tensor of(Tensor q, Tensor k, Tensor v, int heads) {
        List<Tensor> inputs = List.of(q, k, v);
        if (inputs.stream().anyMatch(Precision.BF16::is)
                && !inputs.stream().allMatch(Precision.BF16::is)) {
            return of(Precision.BF16.of(q), Precision.BF16.of(k), Precision.BF16.of(v), heads);
        }
        Optional<NativeAttention> kernel =
                Kernels.onCpu(Kernels.Choice.current()).flatMap(kernels -> NativeAttention.of(kernels, q, k, v, heads));
        boolean traced = GradMode.is_enabled() && inputs.stream().anyMatch(Tensor::requires_grad);
        if (!traced) {
            return kernel.map(attention -> attention.result(q, k, v)).orElseGet(() -> byLibTorch(q, k, v, heads));
        }
        return kernel.flatMap(attention -> AutogradFunction.current().map(own -> attention.traced(own, q, k, v)))
                .orElseGet(() -> byLibTorch(q, k, v, heads));
    }

    /** LibTorch's form, on a CPU in float32: in bf16 it takes many times as long. */
    static Tensor byLibTorch(Tensor q, Tensor k, Tensor v, int heads) {
        if (q.is_cpu() && Precision.BF16.is(q)) {
            return Precision.BF16.of(
                    byLibTorch(Precision.FLOAT32.of(q), Precision.FLOAT32.of(k), Precision.FLOAT32.of(v), heads));
        }
        Tensor attended =
                torch.scaled_dot_product_attention(apart(q, heads), apart(k, heads), apart(v, heads)); // (B, h, M, D/h)
        return attended.transpose(1, 2).reshape(q.size(0), q.size(1), q.size(2));
    }

    /** (B, N, D) to (B, h, N, D/h). */
    private static Tensor apart(Tensor x, int heads) {
        return x.view(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
    }
}
