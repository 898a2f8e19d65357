package dev.inlay.kernels;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** {@link SampledProduct} by LibTorch: one product of the rows and columns that occur, then a gather. */
final class LibTorchSampledProduct implements AutoCloseable {
    private final Tensor rows;
    private final Tensor columns;
    private final Tensor positions;
    private final double density;

    LibTorchSampledProduct(Device device, int[] rows, int[] columns) {
        int[] usedRows = Arrays.stream(rows).distinct().sorted().toArray();
        int[] usedColumns = Arrays.stream(columns).distinct().sorted().toArray();
        long[] at = new long[rows.length];
        for (int i = 0; i < at.length; i++) {
            at[i] = (long) Arrays.binarySearch(usedRows, rows[i]) * usedColumns.length
                    + Arrays.binarySearch(usedColumns, columns[i]);
        }
        this.rows = Tensors.own(device.indices(usedRows));
        this.columns = Tensors.own(device.indices(usedColumns));
        this.positions = Tensors.own(device.of(at, at.length));
        this.density = (double) rows.length / Math.max(1, (long) usedRows.length * usedColumns.length);
    }

    /** The share of the computed numbers that are asked for. */
    double density() {
        return density;
    }

    Tensor gradient(Tensor g, Tensor x) {
        Tensor gRows = exact(g.reshape(-1, g.size(-1)).index_select(1, rows)); // (T, R)
        Tensor xColumns = exact(x.reshape(-1, x.size(-1)).index_select(1, columns)); // (T, C)
        return gRows.t().mm(xColumns).view(-1).index_select(0, positions);
    }

    /** Sums over tokens need more than the bits of bfloat16, and the two may differ under autocast. */
    private static Tensor exact(Tensor tensor) {
        return tensor.scalar_type().intern() == ScalarType.BFloat16 ? tensor.to(ScalarType.Float) : tensor;
    }

    @Override
    public void close() {
        Tensors.release(rows);
        Tensors.release(columns);
        Tensors.release(positions);
    }
}
