package dev.inlay.kernels;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.tensor.WorkStream;
import java.lang.ref.Reference;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** {@link SampledProduct} by the CUDA library: the chosen entries alone, queued on the current stream. */
final class CudaSampledProduct implements AutoCloseable {
    private final CudaKernel kernel;
    private final Device device;
    private final Tensor rows;
    private final Tensor columns;

    /**
     * @param device a GPU
     */
    CudaSampledProduct(CudaKernel kernel, Device device, int[] rows, int[] columns) {
        this.kernel = kernel;
        this.device = device;
        try (PointerScope scope = new PointerScope()) {
            this.rows = Tensors.own(device.indices(rows).to(ScalarType.Int));
            this.columns = Tensors.own(device.indices(columns).to(ScalarType.Int));
        }
    }

    /** Of tensors on the device, of any floating type. */
    Tensor gradient(Tensor g, Tensor x) {
        Rows gRows = Rows.of(g.to(ScalarType.Float));
        Rows xRows = Rows.of(x.to(ScalarType.Float));
        Tensor result = device.empty(rows.numel());
        int code = compute(gRows, xRows, result);
        if (code != 0) {
            throw new InlayException("the sampled product of " + rows.numel() + " entries of a (" + gRows.width() + ", "
                    + xRows.width() + ") matrix over " + gRows.count() + " tokens on " + device
                    + " failed with code " + code + "; -D" + Kernels.PROPERTY + "=libtorch avoids it");
        }
        return result;
    }

    private int compute(Rows g, Rows x, Tensor result) {
        try {
            return kernel.sampledProduct(
                    g.address(),
                    g.stride(),
                    x.address(),
                    x.stride(),
                    g.count(),
                    Rows.address(rows),
                    Rows.address(columns),
                    rows.numel(),
                    Rows.address(result),
                    0,
                    device.index(),
                    WorkStream.current(device));
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
