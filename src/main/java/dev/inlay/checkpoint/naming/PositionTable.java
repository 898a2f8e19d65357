package dev.inlay.checkpoint.naming;

import dev.inlay.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Position tables of one grid of patches, brought to another. */
public final class PositionTable {
    private PositionTable() {}

    /**
     * The side of the square grid that a table was made for.
     *
     * @param tokens rows of the table, the class token's included
     * @return 0 if the cells fill no square
     */
    public static int side(long tokens) {
        int side = (int) Math.round(Math.sqrt(tokens - 1.0));
        return (long) side * side == tokens - 1 ? side : 0;
    }

    /**
     * Bilinear interpolation between the centres of the cells, without antialiasing, as timm from 1.0 on does for files in
     * Google's layout ({@code resample_abs_pos_embed}). The class token's row stays.
     *
     * @param table (1, 1 + side², D) float32, the class token's row first, then the cells row by row
     * @param rows of the new grid
     * @param columns of the new grid
     * @return (1, 1 + rows · columns, D), in the caller's scope
     * @throws IllegalArgumentException if the cells of the table fill no square
     */
    public static Tensor bilinear(Tensor table, int rows, int columns) {
        int side = side(table.size(1));
        if (side == 0) {
            throw new IllegalArgumentException("expected 1 + side² rows, found a table of " + Tensors.shapeOf(table));
        }
        long dim = table.size(2);
        return Tensors.scoped(() -> {
            Tensor cells = table.narrow(1, 1, table.size(1) - 1)
                    .reshape(1, side, side, dim)
                    .permute(0, 3, 1, 2);
            Tensor resized = torch.upsample_bilinear2d(cells, new long[] {rows, columns}, false)
                    .permute(0, 2, 3, 1)
                    .reshape(1, (long) rows * columns, dim);
            return Tensors.cat(List.of(table.narrow(1, 0, 1), resized), 1);
        });
    }
}
