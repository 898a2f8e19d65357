package dev.inlay.kernels;

import dev.inlay.tensor.Precision;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A matrix of low rank whose product is added to one with a frozen matrix, for passes without gradients: y[t] += scale · up
 * (down x[t]). A batch of images has many of them and is computed in one call.
 *
 * <p>Computed by the native library or by LibTorch, as {@link Kernels} says: native in main memory, where all widths are
 * multiples of 16, on a processor with AVX-512. The two agree within the rounding of single-precision sums.
 *
 * @param down (r, in) float32
 * @param up (out, r) float32
 */
public record LowRankProduct(Tensor down, Tensor up) {
    private static final int WORDS = 4;
    private static final int VECTOR = 16;

    /**
     * Adds the products of some images to what they have.
     *
     * @param images B of them, with r, in and out in common
     * @param scale of all
     * @param x (B, …, in), float32 or bfloat16
     * @param y (B, …, out), float32 or bfloat16; written, and rounded once
     * @throws dev.inlay.error.ConfigException if the system property {@code inlay.kernels} has an unknown value
     * @throws dev.inlay.error.InlayException if it is {@code native} and there is no native library
     */
    public static void add(List<LowRankProduct> images, double scale, Tensor x, Tensor y) {
        if (images.isEmpty()) {
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor in = x.reshape(x.size(0), -1, x.size(-1));
            Tensor out = y.view(y.size(0), -1, y.size(-1));
            Optional<NativeKernels> kernels = Kernels.avx512(Kernels.Choice.current());
            if (kernels.isPresent() && takes(in) && takes(out)) {
                add(kernels.get(), torch.get_num_threads(), images, scale, in, out);
            } else {
                addByLibTorch(images, scale, in, out);
            }
        }
    }

    private static boolean takes(Tensor rows) {
        return rows.is_cpu()
                && Precision.found(rows).isPresent()
                && rows.size(2) % VECTOR == 0
                && rows.stride(2) == 1
                && rows.stride(1) >= rows.size(2);
    }

    /** x (B, N, in), y (B, N, out), the numbers of a row next to each other. */
    static void add(NativeKernels kernels, int threads, List<LowRankProduct> images, double scale, Tensor x, Tensor y) {
        if (x.numel() == 0) {
            return;
        }
        LowRankProduct first = images.get(0);
        List<LowRankProduct> packed = images.stream()
                .map(image -> new LowRankProduct(image.down.contiguous(), image.up.contiguous()))
                .toList();
        try (LongPointer structs = new LongPointer((long) WORDS * images.size())) {
            long xImage = x.stride(0) * x.element_size();
            long yImage = y.stride(0) * y.element_size();
            long xNext = RowMatrix.address(x);
            long yNext = RowMatrix.address(y);
            long at = 0;
            for (LowRankProduct image : packed) {
                structs.put(at++, xNext);
                structs.put(at++, yNext);
                structs.put(at++, RowMatrix.address(image.down));
                structs.put(at++, RowMatrix.address(image.up));
                xNext += xImage;
                yNext += yImage;
            }
            Kernels.check(
                    kernels.addLowRank(
                            structs.address(),
                            images.size(),
                            Kernels.code(x),
                            Kernels.code(y),
                            x.size(1),
                            x.size(2),
                            x.stride(1),
                            y.size(2),
                            y.stride(1),
                            first.down.size(0),
                            scale,
                            threads),
                    () -> "the products of rank " + first.down.size(0) + " of " + images.size() + " images, "
                            + x.size(1) + " tokens each, with (" + y.size(2) + ", " + x.size(2) + ") matrices");
        }
    }

    /** x (B, N, in), y (B, N, out). */
    static void addByLibTorch(List<LowRankProduct> images, double scale, Tensor x, Tensor y) {
        Tensor inner = torch.bmm(Precision.FLOAT32.of(x), stacked(images, LowRankProduct::down));
        Tensor up = stacked(images, LowRankProduct::up);
        y.copy_(torch.baddbmm(Precision.FLOAT32.of(y), inner, up, new Scalar(1.0), new Scalar(scale)));
    }

    /** The transposed matrices of all images, (B, …, …). */
    private static Tensor stacked(List<LowRankProduct> images, Function<LowRankProduct, Tensor> part) {
        return torch.stack(new TensorVector(images.stream().map(part).toArray(Tensor[]::new)), 0)
                .transpose(1, 2);
    }
}
