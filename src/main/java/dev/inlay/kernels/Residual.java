package dev.inlay.kernels;

import dev.inlay.tensor.Precision;
import java.util.Optional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The sum of a residual stream and what a layer adds to it.
 *
 * <p>LibTorch converts a bfloat16 summand as a whole before it adds it. In passes without gradients on a processor with AVX-512,
 * the native library does both at once, as {@link Kernels} says; the bits are equal.
 */
public final class Residual {
    private Residual() {}

    /**
     * Adds the two.
     *
     * @param x of any shape
     * @param y as {@code x}, float32 or bfloat16
     * @return as {@code x}
     * @throws dev.inlay.error.ConfigException if the system property {@code inlay.kernels} has an unknown value
     * @throws dev.inlay.error.InlayException if it is {@code native} and there is no native library
     */
    public static Tensor add(Tensor x, Tensor y) {
        Optional<NativeKernels> kernels = takes(x, y) ? Kernels.avx512(Kernels.Choice.current()) : Optional.empty();
        return kernels.map(own -> sum(own, x, y)).orElseGet(() -> x.add(y));
    }

    private static boolean takes(Tensor x, Tensor y) {
        boolean traced = GradMode.is_enabled() && (x.requires_grad() || y.requires_grad());
        return !traced
                && x.is_cpu()
                && Precision.FLOAT32.is(x)
                && Precision.BF16.is(y)
                && x.is_contiguous()
                && y.is_contiguous()
                && x.is_same_size(y);
    }

    private static Tensor sum(NativeKernels kernels, Tensor x, Tensor y) {
        Tensor sum = torch.empty_like(x);
        Kernels.check(
                kernels.addHalves(
                        RowMatrix.address(x),
                        RowMatrix.address(y),
                        RowMatrix.address(sum),
                        x.numel(),
                        torch.get_num_threads()),
                () -> "the sum of " + x.numel() + " elements");
        return sum;
    }
}
