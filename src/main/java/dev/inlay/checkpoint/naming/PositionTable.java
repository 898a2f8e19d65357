package dev.inlay.checkpoint.naming;

import dev.inlay.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.InterpolateFuncOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kBicubic;

/** Position tables of one grid of patches, brought to another. */
public final class PositionTable {
    /** How cells are interpolated between their centres. */
    public enum Resampling {
        /** Bilinear, without antialiasing: what timm from 1.0 on does for files in Google's layout. */
        BILINEAR("bilinear") {
            @Override
            Tensor of(Tensor cells, long[] size) {
                return torch.upsample_bilinear2d(cells, size, false);
            }
        },

        /** Bicubic (a = -0.5), antialiased where the grid shrinks: what timm from 0.9 on does for all other files. */
        BICUBIC_ANTIALIASED("bicubic, antialiased") {
            @Override
            Tensor of(Tensor cells, long[] size) {
                InterpolateFuncOptions options = new InterpolateFuncOptions();
                options.size().put(new LongVector(size));
                options.mode().put(new kBicubic());
                options.align_corners().put(false);
                options.antialias().put(true);
                return torch.interpolate(cells, options);
            }
        };

        private final String words;

        Resampling(String words) {
            this.words = words;
        }

        /**
         * @param cells (1, D, rows, columns)
         * @param size rows and columns of the new grid
         */
        abstract Tensor of(Tensor cells, long[] size);

        @Override
        public String toString() {
            return words;
        }
    }

    private PositionTable() {}

    /**
     * The side of the square grid that cells fill.
     *
     * @return 0 if they fill no square
     */
    public static int side(long cells) {
        int side = (int) Math.round(Math.sqrt((double) cells));
        return (long) side * side == cells ? side : 0;
    }

    /**
     * Brings a table to another grid, as timm's {@code resample_abs_pos_embed} does.
     *
     * @param table (1, prefix + side², D) float32: rows of the class token and others first, which stay as they are, then
     *     the cells row by row
     * @param prefix how many rows stand before the cells, at least 0
     * @param rows of the new grid
     * @param columns of the new grid
     * @return (1, prefix + rows · columns, D), in the caller's scope
     * @throws IllegalArgumentException if the cells of the table fill no square
     */
    public static Tensor resize(Tensor table, int prefix, int rows, int columns, Resampling resampling) {
        long count = table.size(1) - prefix;
        int side = side(count);
        if (count < 1 || side == 0) {
            throw new IllegalArgumentException(
                    "expected " + prefix + " + side² rows, found a table of " + Tensors.shapeOf(table));
        }
        long dim = table.size(2);
        return Tensors.scoped(() -> {
            Tensor cells =
                    table.narrow(1, prefix, count).reshape(1, side, side, dim).permute(0, 3, 1, 2);
            Tensor resized = resampling
                    .of(cells, new long[] {rows, columns})
                    .permute(0, 2, 3, 1)
                    .reshape(1, (long) rows * columns, dim);
            return Tensors.cat(List.of(table.narrow(1, 0, prefix), resized), 1);
        });
    }
}
