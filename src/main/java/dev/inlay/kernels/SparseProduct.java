package dev.inlay.kernels;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A sparse matrix whose product is added to one with a frozen matrix, for passes without gradients: y[t, row] += value ·
 * x[t, column] for every entry. A batch of images has many of them, each for images of its own, and vectors to add as well;
 * it is computed in one call.
 *
 * <p>Computed by the native library or by LibTorch, as {@link Kernels} says; the two agree within the rounding of
 * single-precision sums.
 */
public final class SparseProduct implements AutoCloseable {
    private static final int WORDS = 6;

    private final IntPointer positions;
    private final Tensor values;
    private final int columns;

    /**
     * Images of a batch, and what their product has more.
     *
     * @param product the matrix, if there is one
     * @param isShifted whether each has a vector of its own, too
     * @param from the first of them
     * @param count how many
     */
    public record Images(Optional<SparseProduct> product, boolean isShifted, int from, int count) {
        private boolean areAsTheyWere() {
            return product.isEmpty() && !isShifted;
        }
    }

    /**
     * @param positions (nnz) row · columns + column of each entry
     * @param values (nnz) float32 in main memory, contiguous; ownership is shared with this object
     * @param columns of the matrix
     */
    public SparseProduct(int[] positions, Tensor values, int columns) {
        this.positions = Tensors.own(new IntPointer(positions));
        this.values = Tensors.own(values);
        this.columns = columns;
    }

    /**
     * Adds the vectors and products of some images to what they have.
     *
     * @param images whose rows of the batch do not overlap
     * @param shifts (B, out) float32, contiguous: the vectors; null if no image has one
     * @param x (B, …, in)
     * @param y (B, …, out), float32 or bfloat16, contiguous; written
     * @throws dev.inlay.error.ConfigException if the system property {@code inlay.kernels} has an unknown value
     * @throws InlayException if it is {@code native} and there is no native library
     */
    public static void add(List<Images> images, Tensor shifts, Tensor x, Tensor y) {
        if (images.stream().allMatch(Images::areAsTheyWere)) {
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            Precision precision = Precision.found(y).orElse(Precision.FLOAT32);
            Tensor in = precision.of(x.reshape(x.size(0), -1, x.size(-1)).contiguous());
            Tensor out = y.view(y.size(0), -1, y.size(-1));
            Optional<NativeKernels> kernels = Kernels.onCpu(Kernels.Choice.current());
            if (kernels.isPresent() && in.is_cpu()) {
                add(kernels.get(), torch.get_num_threads(), images, shifts, in, out);
            } else {
                addByLibTorch(images, shifts, in, out);
            }
        }
    }

    /** x (B, N, in), y (B, N, out), of one type, contiguous. */
    static void add(NativeKernels kernels, int threads, List<Images> images, Tensor shifts, Tensor x, Tensor y) {
        long all = images.stream().mapToLong(Images::count).sum();
        if (x.numel() == 0) {
            return;
        }
        try (LongPointer structs = new LongPointer(WORDS * all)) {
            long xImage = x.stride(0) * x.element_size();
            long yImage = y.stride(0) * y.element_size();
            long xStart = x.data_ptr().address();
            long yStart = y.data_ptr().address();
            long shift = shifts == null ? 0 : shifts.data_ptr().address();
            long at = 0;
            for (Images some : images) {
                SparseProduct product =
                        some.product().filter(own -> own.size() > 0).orElse(null);
                for (int i = some.from(); i < some.from() + some.count(); i++) {
                    structs.put(at++, xStart + i * xImage);
                    structs.put(at++, yStart + i * yImage);
                    structs.put(at++, product == null ? 0 : product.positions.address());
                    structs.put(
                            at++,
                            product == null ? 0 : product.values.data_ptr().address());
                    structs.put(at++, product == null ? 0 : product.size());
                    structs.put(at++, some.isShifted() ? shift + i * y.size(2) * Float.BYTES : 0);
                }
            }
            Kernels.check(
                    kernels.addSparse(
                            structs.address(),
                            all,
                            Kernels.code(y),
                            x.size(1),
                            x.size(2),
                            x.size(2),
                            y.size(2),
                            y.size(2),
                            threads),
                    () -> "the sparse product of " + all + " images, " + x.size(1) + " tokens each, with (" + y.size(2)
                            + ", " + x.size(2) + ") matrices");
        } finally {
            Reference.reachabilityFence(images);
        }
    }

    /** x (B, N, in), y (B, N, out). */
    static void addByLibTorch(List<Images> images, Tensor shifts, Tensor x, Tensor y) {
        for (Images some : images) {
            try (PointerScope scope = new PointerScope()) {
                Tensor rows = y.narrow(0, some.from(), some.count());
                Tensor sum = Precision.FLOAT32.of(rows);
                if (some.isShifted()) {
                    sum = sum.add(shifts.narrow(0, some.from(), some.count()).unsqueeze(1));
                }
                if (some.product().isPresent()) {
                    sum = some.product().get().added(x.narrow(0, some.from(), some.count()), sum);
                }
                rows.copy_(sum);
            }
        }
    }

    /** y (n, N, out) and what this matrix makes of x (n, N, in). */
    private Tensor added(Tensor x, Tensor y) {
        int[] places = new int[size()];
        positions.get(places);
        Tensor at = Device.of(x).indices(places);
        Scalar width = new Scalar((long) columns);
        Tensor read = x.index_select(2, at.remainder(width));
        return y.index_add(2, at.floor_divide(width), read.mul(values));
    }

    private int size() {
        return Math.toIntExact(values.numel());
    }

    @Override
    public void close() {
        Tensors.release(positions);
        Tensors.release(values);
    }
}
