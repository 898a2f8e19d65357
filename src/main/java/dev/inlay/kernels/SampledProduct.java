package dev.inlay.kernels;

import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * The sampled dense-dense product: for a linear product y = x Wᵀ, the gradient of the loss at chosen entries of W alone,
 * dW[r, c] = Σ_t g[t, r] · x[t, c] (SPT, arXiv 2303.08566, which forms an nnz × nnz product instead).
 *
 * <p>This is the LibTorch form: one product of the rows and columns that occur, then a gather.
 */
public final class SampledProduct implements AutoCloseable {
    private final Tensor rows;
    private final Tensor columns;
    private final Tensor positions;

    /**
     * @param rows (nnz) row of each chosen entry, in [0, out)
     * @param columns (nnz) column of each chosen entry, in [0, in)
     */
    public SampledProduct(int[] rows, int[] columns) {
        int[] usedRows = Arrays.stream(rows).distinct().sorted().toArray();
        int[] usedColumns = Arrays.stream(columns).distinct().sorted().toArray();
        long[] at = new long[rows.length];
        for (int i = 0; i < at.length; i++) {
            at[i] = (long) Arrays.binarySearch(usedRows, rows[i]) * usedColumns.length
                    + Arrays.binarySearch(usedColumns, columns[i]);
        }
        this.rows = Tensors.own(Tensors.indices(usedRows));
        this.columns = Tensors.own(Tensors.indices(usedColumns));
        this.positions = Tensors.own(Tensors.of(at, at.length));
    }

    /**
     * The gradient at the chosen entries.
     *
     * @param g (…, out) gradient of the loss in the output
     * @param x (…, in) the input
     * @return (nnz) in the order of the entries
     */
    public Tensor gradient(Tensor g, Tensor x) {
        Tensor gRows = g.reshape(-1, g.size(-1)).index_select(1, rows); // (T, R)
        Tensor xColumns = x.reshape(-1, x.size(-1)).index_select(1, columns); // (T, C)
        return gRows.t().mm(xColumns).view(-1).index_select(0, positions);
    }

    @Override
    public void close() {
        Tensors.release(rows);
        Tensors.release(columns);
        Tensors.release(positions);
    }
}
