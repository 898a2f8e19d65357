package dev.inlay.kernels;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import dev.inlay.tensor.WorkStream;
import java.lang.ref.Reference;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** {@link SampledProduct} by a native library: the chosen entries alone. */
final class NativeSampledProduct implements AutoCloseable {
    private final Kernel kernel;
    private final Device device;
    private final Tensor rows;
    private final Tensor columns;

    /** The library's function; both matrices are of one type, indices int32 and sums float32. */
    @FunctionalInterface
    private interface Kernel {
        int compute(RowMatrix g, RowMatrix x, long rows, long columns, long count, long out, int threads);
    }

    private NativeSampledProduct(Kernel kernel, Device device, int[] rows, int[] columns) {
        this.kernel = kernel;
        this.device = device;
        try (PointerScope scope = new PointerScope()) {
            this.rows = Tensors.own(device.indices(rows).to(ScalarType.Int));
            this.columns = Tensors.own(device.indices(columns).to(ScalarType.Int));
        }
    }

    /** In main memory, on as many threads as LibTorch. */
    NativeSampledProduct(NativeKernels kernels, InstructionSet level, int[] rows, int[] columns) {
        this(
                (g, x, at, across, count, out, threads) -> kernels.sampledProduct(
                        g.address(),
                        g.width(),
                        g.stride(),
                        x.address(),
                        x.width(),
                        x.stride(),
                        Kernels.code(g.tensor()),
                        g.count(),
                        at,
                        across,
                        count,
                        out,
                        0,
                        threads,
                        level.code()),
                Device.CPU,
                rows,
                columns);
    }

    /** On a GPU, queued on the current stream. */
    NativeSampledProduct(CudaKernels kernels, Device device, int[] rows, int[] columns) {
        this(
                (g, x, at, across, count, out, threads) -> kernels.sampledProductCuda(
                        g.address(),
                        g.stride(),
                        x.address(),
                        x.stride(),
                        g.count(),
                        at,
                        across,
                        count,
                        out,
                        0,
                        device.index(),
                        WorkStream.current(device)),
                device,
                rows,
                columns);
    }

    /** Whether the kernels take both: any floating type on a GPU, float32 and bfloat16 in main memory. */
    static boolean takes(Tensor g, Tensor x) {
        return takes(g) && takes(x);
    }

    private static boolean takes(Tensor tensor) {
        return !tensor.is_cpu() || Precision.FLOAT32.is(tensor) || Precision.BF16.is(tensor);
    }

    Tensor gradient(Tensor g, Tensor x) {
        return gradient(g, x, torch.get_num_threads());
    }

    Tensor gradient(Tensor g, Tensor x, int threads) {
        boolean areBf16 = device.isCpu() && Precision.BF16.is(g) && Precision.BF16.is(x);
        Precision common = areBf16 ? Precision.BF16 : Precision.FLOAT32;
        RowMatrix gRows = RowMatrix.of(common.of(g));
        RowMatrix xRows = RowMatrix.of(common.of(x));
        Tensor result = device.empty(rows.numel());
        Kernels.check(
                compute(gRows, xRows, result, threads),
                () -> "the sampled product of " + rows.numel() + " entries of a (" + gRows.width() + ", "
                        + xRows.width() + ") matrix over " + gRows.count() + " tokens on " + device);
        return result;
    }

    private int compute(RowMatrix g, RowMatrix x, Tensor result, int threads) {
        try {
            return kernel.compute(
                    g,
                    x,
                    RowMatrix.address(rows),
                    RowMatrix.address(columns),
                    rows.numel(),
                    RowMatrix.address(result),
                    threads);
        } finally {
            Reference.reachabilityFence(g);
            Reference.reachabilityFence(x);
        }
    }

    @Override
    public void close() {
        Tensors.release(rows);
        Tensors.release(columns);
    }
}
