package dev.inlay.backbone.swin;

import dev.inlay.backbone.BiasGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * The blocks between two mergings of patches. Windows and shifts follow from the resolution that timm counts on, which
 * halves downwards from stage to stage, while an odd row or column is really merged with zeros.
 *
 * @param number of the stage, from 0
 * @param firstBlock index of its first block among those of all stages
 * @param depth number of its blocks
 * @param dim width of a token, D
 * @param heads number of attention heads, h
 * @param mlpHidden width of the MLP's hidden layer
 * @param height rows of tokens, H
 * @param width tokens in a row, W
 * @param nominalHeight rows of tokens that timm counts on
 * @param nominalWidth tokens in a row that timm counts on
 * @param windowHeight rows of a window
 * @param windowWidth tokens in a row of a window
 * @param shiftHeight by how many rows every second block shifts its windows; 0 where one window holds all rows
 * @param shiftWidth the same for columns
 */
record SwinStage(
        int number,
        int firstBlock,
        int depth,
        int dim,
        int heads,
        int mlpHidden,
        int height,
        int width,
        int nominalHeight,
        int nominalWidth,
        int windowHeight,
        int windowWidth,
        int shiftHeight,
        int shiftWidth) {

    static List<SwinStage> all(
            int rows, int columns, int firstDim, List<Integer> depths, List<Integer> heads, int window, int mlpRatio) {
        List<SwinStage> stages = new ArrayList<>();
        int firstBlock = 0;
        for (int i = 0; i < depths.size(); i++) {
            int dim = Math.multiplyExact(firstDim, 1 << i);
            int nominalHeight = rows >> i;
            int nominalWidth = columns >> i;
            stages.add(new SwinStage(
                    i,
                    firstBlock,
                    depths.get(i),
                    dim,
                    heads.get(i),
                    Math.multiplyExact(dim, mlpRatio),
                    ceilDiv(rows, 1 << i),
                    ceilDiv(columns, 1 << i),
                    nominalHeight,
                    nominalWidth,
                    Math.min(nominalHeight, window),
                    Math.min(nominalWidth, window),
                    nominalHeight > window ? window / 2 : 0,
                    nominalWidth > window ? window / 2 : 0));
            firstBlock += depths.get(i);
        }
        return stages;
    }

    private static int ceilDiv(int size, int part) {
        return (size + part - 1) / part;
    }

    /** What keeps the stage from being computed: one line each. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (dim % heads != 0) {
            problems.add("heads: " + heads + " does not divide the width " + dim + " of stage " + number);
        }
        if (nominalHeight < 1 || nominalWidth < 1) {
            problems.add("depths: the image has too few patches for stage " + number + "; use a larger one");
        } else if (isShifted(1)
                && (windowRows() != ceilDiv(nominalHeight, windowHeight)
                        || windowColumns() != ceilDiv(nominalWidth, windowWidth))) {
            problems.add("height and width: stage " + number + " has " + height + " × " + width
                    + " tokens after odd rows or columns were filled up, which timm's masks for " + nominalHeight
                    + " × "
                    + nominalWidth + " do not cover; use an image whose patches can be halved "
                    + number + " times");
        }
        return problems;
    }

    /**
     * Whether a block shifts its windows.
     *
     * @param block counted within the stage
     */
    boolean isShifted(int block) {
        return block % 2 == 1 && block < depth && (shiftHeight > 0 || shiftWidth > 0);
    }

    /** Number of tokens. */
    int tokens() {
        return height * width;
    }

    /** Tokens of a window, n. */
    int windowArea() {
        return windowHeight * windowWidth;
    }

    /** Windows above each other. */
    int windowRows() {
        return ceilDiv(height, windowHeight);
    }

    /** Windows beside each other. */
    int windowColumns() {
        return ceilDiv(width, windowWidth);
    }

    /** Windows of an image. */
    int windows() {
        return windowRows() * windowColumns();
    }

    /** Rows after padding to whole windows. */
    int paddedHeight() {
        return windowRows() * windowHeight;
    }

    /** Columns after padding to whole windows. */
    int paddedWidth() {
        return windowColumns() * windowWidth;
    }

    /** How far apart two tokens of a window can be: the rows of the table of position biases. */
    BiasGrid biasGrid() {
        return BiasGrid.ofWindow(windowHeight, windowWidth);
    }

    /** timm's name of one of its blocks, counted within the stage. */
    String blockName(int block) {
        return "layers." + number + ".blocks." + block;
    }

    /** timm's name of the merging of patches in front of it. */
    String downsampleName() {
        return "layers." + number + ".downsample";
    }
}
