package dev.inlay.kernels;

import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Scaled dot-product attention, softmax(q kᵀ / √d) v in each head of width d (Vaswani et al., arXiv 1706.03762), by the native library
 * or by LibTorch, as {@link Kernels} says. The gradient is the native library's where an {@link AutogradFunction} is open, and
 * LibTorch's elsewhere. Letters: B images, M queries, N keys, D the width of all heads together.
 */
public final class Attention {
    private Attention() {}

    /**
     * The attention of queries to keys.
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
        List<Tensor> parts = List.of(q, k, v);
        if (parts.stream().anyMatch(Precision.BF16::is) && !parts.stream().allMatch(Precision.BF16::is)) {
            return of(Precision.BF16.of(q), Precision.BF16.of(k), Precision.BF16.of(v), heads);
        }
        return GradMode.is_enabled() && parts.stream().anyMatch(Tensor::requires_grad)
                ? traced(parts, heads, (kernel, own) -> kernel.traced(own, q, k, v))
                : kernel(parts, heads)
                        .map(kernel -> kernel.result(q, k, v))
                        .orElseGet(() -> byLibTorch(q, k, v, heads));
    }

    /**
     * The attention of tokens to each other. The gradient of the fused product is written as one, where the gradients of its
     * parts would have to be put together.
     *
     * @param qkv (B, N, 3D): q, k and v side by side
     * @param heads a divisor of D
     * @return (B, N, D)
     * @throws dev.inlay.error.ConfigException if the system property {@code inlay.kernels} has an unknown value
     * @throws dev.inlay.error.InlayException if it is {@code native} and there is no native library, or if the library lacks memory
     */
    public static Tensor of(Tensor qkv, int heads) {
        List<Tensor> parts = Tensors.split(qkv, qkv.size(2) / 3, 2);
        return GradMode.is_enabled() && qkv.requires_grad()
                ? traced(parts, heads, (kernel, own) -> kernel.traced(own, qkv))
                : of(parts.get(0), parts.get(1), parts.get(2), heads);
    }

    private static Tensor traced(
            List<Tensor> parts, int heads, BiFunction<NativeAttention, AutogradFunction, Tensor> natively) {
        return kernel(parts, heads)
                .flatMap(kernel -> AutogradFunction.current().map(own -> natively.apply(kernel, own)))
                .orElseGet(() -> byLibTorch(parts.get(0), parts.get(1), parts.get(2), heads));
    }

    private static Optional<NativeAttention> kernel(List<Tensor> parts, int heads) {
        return Kernels.onCpu(Kernels.Choice.current()).flatMap(kernels -> NativeAttention.of(kernels, parts, heads));
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
