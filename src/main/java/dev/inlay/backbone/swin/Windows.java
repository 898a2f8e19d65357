package dev.inlay.backbone.swin;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How the tokens of a block lie in windows: a grid of windows of n tokens, padded with zero tokens at the bottom and on the
 * right, shifted cyclically in every second block.
 */
final class Windows implements AutoCloseable {
    /** What keeps tokens apart that only the cyclic shift brought into one window. */
    private static final float FAR = -100;

    private static final int WHOLE = 2;

    private final SwinStage stage;
    private final boolean shifted;
    private final Tensor distances;
    private final Tensor mask;

    Windows(Device device, SwinStage stage, boolean shifted) {
        this.stage = stage;
        this.shifted = shifted;
        try (PointerScope scope = new PointerScope()) {
            distances = Tensors.own(device.indices(distances(stage)));
            mask = shifted
                    ? Tensors.own(device.of(mask(stage), stage.windows(), 1, stage.windowArea(), stage.windowArea()))
                    : null;
        }
    }

    /** For each pair of tokens of a window the row of the table that holds their bias, (n · n). */
    private static int[] distances(SwinStage stage) {
        int n = stage.windowArea();
        int columns = stage.windowWidth();
        int[] distances = new int[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                int down = i / columns - j / columns + stage.windowHeight() - 1;
                int across = i % columns - j % columns + columns - 1;
                distances[i * n + j] = down * (2 * columns - 1) + across;
            }
        }
        return distances;
    }

    /** What is added for each pair of tokens of each window, (windows · n · n). */
    private static float[] mask(SwinStage stage) {
        int n = stage.windowArea();
        float[] mask = new float[stage.windows() * n * n];
        for (int window = 0; window < stage.windows(); window++) {
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    boolean together = region(stage, window, i) == region(stage, window, j);
                    mask[(window * n + i) * n + j] = together ? 0 : FAR;
                }
            }
        }
        return mask;
    }

    /** Which of up to nine regions of the shifted grid a token is in; only those of one region were neighbours before. */
    private static int region(SwinStage stage, int window, int token) {
        int row = window / stage.windowColumns() * stage.windowHeight() + token / stage.windowWidth();
        int column = window % stage.windowColumns() * stage.windowWidth() + token % stage.windowWidth();
        return (WHOLE + 1) * band(row, stage.paddedHeight(), stage.windowHeight(), stage.shiftHeight())
                + band(column, stage.paddedWidth(), stage.windowWidth(), stage.shiftWidth());
    }

    private static int band(int at, int size, int window, int shift) {
        if (shift == 0 || at >= size - shift) {
            return WHOLE;
        }
        return at >= size - window ? 1 : 0;
    }

    /**
     * Tokens in the order of windows.
     *
     * @param x (B, H · W, D) row by row
     * @return (B, windows · n, D) window by window
     */
    Tensor cut(Tensor x) {
        long images = x.size(0);
        long dim = x.size(2);
        Tensor grid = x.reshape(images, stage.height(), stage.width(), dim);
        if (shifted) {
            grid = torch.roll(grid, new long[] {-stage.shiftHeight(), -stage.shiftWidth()}, 1, 2);
        }
        int below = stage.paddedHeight() - stage.height();
        int right = stage.paddedWidth() - stage.width();
        if (below + right > 0) {
            grid = torch.constant_pad_nd(grid, 0, 0, 0, right, 0, below);
        }
        return grid.view(
                        images,
                        stage.windowRows(),
                        stage.windowHeight(),
                        stage.windowColumns(),
                        stage.windowWidth(),
                        dim)
                .transpose(2, 3)
                .reshape(images, (long) stage.windows() * stage.windowArea(), dim);
    }

    /**
     * Undoes {@link #cut}; what became of padding is dropped.
     *
     * @param x (B, windows · n, D) window by window
     * @return (B, H · W, D) row by row
     */
    Tensor join(Tensor x) {
        long images = x.size(0);
        long dim = x.size(2);
        Tensor grid = x.reshape(
                        images,
                        stage.windowRows(),
                        stage.windowColumns(),
                        stage.windowHeight(),
                        stage.windowWidth(),
                        dim)
                .transpose(2, 3)
                .reshape(images, stage.paddedHeight(), stage.paddedWidth(), dim)
                .narrow(1, 0, stage.height())
                .narrow(2, 0, stage.width());
        if (shifted) {
            grid = torch.roll(grid, new long[] {stage.shiftHeight(), stage.shiftWidth()}, 1, 2);
        }
        return grid.reshape(images, stage.tokens(), dim);
    }

    /**
     * What attention adds to its logits: biases of relative positions and, in a shifted block, what keeps apart tokens that
     * were no neighbours. Nothing is added for pairs with a token that has no place in the window.
     *
     * @param table (distances, h), or (B, distances, h) for one of each image
     * @param asking number of tokens without a place among those that ask, in front
     * @param answering number of tokens without a place among those that answer, in front
     * @return (1 or B, windows · h, asking + n, answering + n)
     */
    Tensor bias(Tensor table, long asking, long answering) {
        long n = stage.windowArea();
        Tensor bias = positions(table);
        if (shifted) {
            bias = bias.add(mask); // (1 or B, windows, h, n, n)
        }
        if (asking + answering > 0) {
            bias = torch.constant_pad_nd(bias, answering, 0, asking, 0);
        }
        return bias.expand(bias.size(0), stage.windows(), stage.heads(), asking + n, answering + n)
                .flatten(1, 2);
    }

    /**
     * The biases of relative positions.
     *
     * @param table (distances, h), or (B, distances, h) for one of each image
     * @return (1 or B, 1, h, n, n)
     */
    Tensor positions(Tensor table) {
        long n = stage.windowArea();
        return table.index_select(table.dim() - 2, distances)
                .view(-1, 1, n, n, stage.heads())
                .permute(0, 1, 4, 2, 3);
    }

    /** What keeps tokens apart in a shifted block, (windows, 1, n, n); borrowed. */
    Optional<Tensor> mask() {
        return Optional.ofNullable(mask);
    }

    @Override
    public void close() {
        Tensors.release(distances);
        Tensors.release(mask);
    }
}
