package dev.inlay.kernels;

import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.AutogradFunction.Input;
import dev.inlay.tensor.Precision;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * GELU in its exact form, x Φ(x) (Hendrycks and Gimpel, arXiv 1606.08415).
 *
 * <p>Computed by the native library or by LibTorch, as {@link Kernels} says: native are float32 and bfloat16 tensors in main
 * memory, on a processor with AVX-512. The two agree within 1.2·10⁻⁷ of |x|, and within the rounding of bfloat16.
 */
public final class Gelu {
    private Gelu() {}

    /**
     * Computes it for each element. For the gradient only {@code x} is kept; passes with and without gradients give equal bits.
     *
     * @param x of any shape and floating type
     * @return as {@code x}
     * @throws dev.inlay.error.ConfigException if the system property {@code inlay.kernels} has an unknown value
     * @throws dev.inlay.error.InlayException if it is {@code native} and there is no native library
     */
    public static Tensor of(Tensor x) {
        Optional<Precision> type = x.is_cpu() ? Precision.found(x) : Optional.empty();
        Optional<NativeKernels> kernels = Kernels.avx512(Kernels.Choice.current());
        if (type.isEmpty() || kernels.isEmpty()) {
            return torch.gelu(x);
        }
        return of(x.contiguous(), kernels.get(), type.get(), torch.get_num_threads());
    }

    static Tensor of(Tensor x, NativeKernels kernels, Precision type, int threads) {
        if (!GradMode.is_enabled() || !x.requires_grad()) {
            return computed(torch.empty_like(x), x, kernels, type, threads);
        }
        return AutogradFunction.current()
                .map(own -> own.of(
                        computed(torch.empty_like(x), x, kernels, type, threads),
                        List.of(new Input(
                                x, (dy, kept) -> gradient(dy.contiguous(), kept.get(0), kernels, type, threads))),
                        x))
                .orElseGet(
                        () -> computed(torch.gelu(x), x, kernels, type, threads)); // LibTorch's gradient, equal values
    }

    /** Writes {@code y}. */
    private static Tensor computed(Tensor y, Tensor x, NativeKernels kernels, Precision type, int threads) {
        Kernels.check(
                kernels.gelu(RowMatrix.address(x), RowMatrix.address(y), x.numel(), Kernels.code(type), threads),
                () -> "GELU of " + x.numel() + " elements");
        return y;
    }

    private static Tensor gradient(Tensor dy, Tensor x, NativeKernels kernels, Precision type, int threads) {
        Tensor dx = torch.empty_like(x);
        Kernels.check(
                kernels.geluGradient(
                        RowMatrix.address(x),
                        RowMatrix.address(dy),
                        RowMatrix.address(dx),
                        x.numel(),
                        Kernels.code(type),
                        threads),
                () -> "the gradient of GELU of " + x.numel() + " elements");
        return dx;
    }
}
