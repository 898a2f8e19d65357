package dev.inlay.backbone;

/**
 * The distances between two tokens of a window of height × width tokens, each with its row in a table of position biases:
 * the vertical ones, and for each of them the horizontal ones.
 *
 * @param rows 2 · height - 1
 * @param columns 2 · width - 1
 */
public record BiasGrid(int rows, int columns) {
    /** The grid of a window of so many tokens. */
    public static BiasGrid ofWindow(int height, int width) {
        return new BiasGrid(2 * height - 1, 2 * width - 1);
    }

    /** Number of distances. */
    public int distances() {
        return Math.multiplyExact(rows, columns);
    }
}
