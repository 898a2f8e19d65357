package dev.inlay.kernels;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.lang.ref.Reference;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** {@link SampledProduct} by the native library: the chosen entries alone, from float32 tensors in main memory. */
final class NativeSampledProduct implements AutoCloseable {
    private final SampledKernel kernel;
    private final InstructionSet level;
    private final IntPointer rows;
    private final IntPointer columns;

    NativeSampledProduct(SampledKernel kernel, InstructionSet level, int[] rows, int[] columns) {
        this.kernel = kernel;
        this.level = level;
        this.rows = Tensors.own(new IntPointer(rows));
        this.columns = Tensors.own(new IntPointer(columns));
    }

    /** Whether the kernel can read both. */
    static boolean takes(Tensor g, Tensor x) {
        return takes(g) && takes(x);
    }

    private static boolean takes(Tensor tensor) {
        return tensor.scalar_type().intern() == ScalarType.Float && tensor.is_cpu();
    }

    Tensor gradient(Tensor g, Tensor x) {
        return gradient(g, x, torch.get_num_threads());
    }

    Tensor gradient(Tensor g, Tensor x, int threads) {
        Rows gRows = Rows.of(g);
        Rows xRows = Rows.of(x);
        Tensor result = Device.CPU.empty(rows.limit());
        int code = compute(gRows, xRows, result, threads);
        if (code != 0) {
            throw new InlayException("the native sampled product of " + rows.limit() + " entries of a (" + gRows.width()
                    + ", " + xRows.width() + ") matrix over " + gRows.count() + " tokens failed with code " + code
                    + "; -D" + Kernels.PROPERTY + "=libtorch avoids it");
        }
        return result;
    }

    private int compute(Rows g, Rows x, Tensor result, int threads) {
        try {
            return kernel.sampledProduct(
                    g.address(),
                    g.width(),
                    g.stride(),
                    x.address(),
                    x.width(),
                    x.stride(),
                    g.count(),
                    rows.address(),
                    columns.address(),
                    rows.limit(),
                    Rows.address(result),
                    0,
                    threads,
                    level.code());
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
