package dev.inlay.kernels;

import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.AutogradFunction.Input;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@link LayerNorm} by the native library.
 *
 * @param threads at most so many
 * @param epsilon added to the variance
 */
record NativeLayerNorm(NativeKernels kernels, int threads, double epsilon) {
    private static final long VECTOR = 16;

    /** What the gradients read; scale may be null. */
    private record Kept(Tensor rows, Tensor mean, Tensor reciprocal, Tensor scale) {
        static Kept of(List<Tensor> kept) {
            return new Kept(kept.get(0), kept.get(1), kept.get(2), kept.size() > 3 ? kept.get(3) : null);
        }

        Tensor[] tensors() {
            return Stream.of(rows, mean, reciprocal, scale)
                    .filter(Objects::nonNull)
                    .toArray(Tensor[]::new);
        }
    }

    /** Whether the kernel can read all three, of which the last two may be null. */
    static boolean takes(Tensor x, Tensor scale, Tensor shift) {
        long width = x.size(-1);
        return width > 0 && width % VECTOR == 0 && isFloat32(x) && takes(scale) && takes(shift);
    }

    private static boolean takes(Tensor vector) {
        return vector == null || (isFloat32(vector) && vector.is_contiguous());
    }

    private static boolean isFloat32(Tensor tensor) {
        return tensor.is_cpu() && Precision.FLOAT32.is(tensor);
    }

    Tensor of(Tensor x, Tensor scale, Tensor shift) {
        boolean traced = GradMode.is_enabled() && (isTrained(x) || isTrained(scale) || isTrained(shift));
        Optional<AutogradFunction> own = traced ? AutogradFunction.current() : Optional.empty();
        Tensor rows = x.contiguous();
        Tensor y = traced && own.isEmpty()
                ? LayerNorm.byLibTorch(x, scale, shift, epsilon) // its gradient, our values
                : torch.empty_like(rows);
        Kept kept = new Kept(rows, moments(rows), moments(rows), scale);
        compute(kept, shift, y);
        return own.map(function -> function.of(y, inputs(x, scale, shift), kept.tensors()))
                .orElse(y);
    }

    private static boolean isTrained(Tensor tensor) {
        return tensor != null && tensor.requires_grad();
    }

    /** A number for each row. */
    private static Tensor moments(Tensor rows) {
        return rows.new_empty(rows.numel() / rows.size(-1));
    }

    private List<Input> inputs(Tensor x, Tensor scale, Tensor shift) {
        List<Input> inputs = new ArrayList<>();
        if (isTrained(x)) {
            inputs.add(new Input(x, (dy, kept) -> ofRows(dy.contiguous(), Kept.of(kept))));
        }
        if (isTrained(scale)) {
            inputs.add(new Input(scale, (dy, kept) -> ofScale(dy, Kept.of(kept))));
        }
        if (isTrained(shift)) {
            inputs.add(new Input(shift, (dy, kept) -> dy.flatten(0, -2).sum(0)));
        }
        return inputs;
    }

    /** Writes y and the moments. */
    private void compute(Kept kept, Tensor shift, Tensor y) {
        long rows = kept.mean.numel();
        long width = y.size(-1);
        Kernels.check(
                kernels.layerNorm(
                        RowMatrix.address(kept.rows),
                        RowMatrix.address(kept.scale),
                        RowMatrix.address(shift),
                        epsilon,
                        rows,
                        width,
                        RowMatrix.address(y),
                        RowMatrix.address(kept.mean),
                        RowMatrix.address(kept.reciprocal),
                        threads),
                () -> "LayerNorm of " + rows + " rows of " + width);
    }

    private Tensor ofRows(Tensor dy, Kept kept) {
        Tensor dx = torch.empty_like(kept.rows);
        long rows = kept.mean.numel();
        long width = dx.size(-1);
        Kernels.check(
                kernels.layerNormGradient(
                        RowMatrix.address(kept.rows),
                        RowMatrix.address(kept.scale),
                        RowMatrix.address(kept.mean),
                        RowMatrix.address(kept.reciprocal),
                        rows,
                        width,
                        RowMatrix.address(dy),
                        RowMatrix.address(dx),
                        threads),
                () -> "the gradient of LayerNorm of " + rows + " rows of " + width);
        return dx;
    }

    private static Tensor ofScale(Tensor dy, Kept kept) {
        return torch.native_layer_norm_backward(
                        dy,
                        kept.rows,
                        new long[] {dy.size(-1)},
                        kept.mean,
                        kept.reciprocal,
                        Tensors.optional(kept.scale),
                        Tensors.optional(null),
                        new BoolPointer(3).put(0, false).put(1, true).put(2, false))
                .get1();
    }
}
