package dev.inlay.backbone.convnext;

import java.util.ArrayList;
import java.util.List;

/**
 * The blocks between two halvings of the image.
 *
 * @param number of the stage, from 0
 * @param firstBlock index of its first block among those of all stages
 * @param depth number of its blocks
 * @param dim width of a token, D
 * @param height rows of tokens, H
 * @param width tokens in a row, W
 */
record ConvNeXtStage(int number, int firstBlock, int depth, int dim, int height, int width) {
    private static final int MLP_RATIO = 4;

    /** Side of the square of tokens that become one in front of a stage. */
    static final int DOWNSAMPLING = 2;

    static List<ConvNeXtStage> all(int rows, int columns, List<Integer> depths, List<Integer> dims) {
        List<ConvNeXtStage> stages = new ArrayList<>();
        int firstBlock = 0;
        for (int i = 0; i < depths.size(); i++) {
            stages.add(new ConvNeXtStage(i, firstBlock, depths.get(i), dims.get(i), rows >> i, columns >> i));
            firstBlock += depths.get(i);
        }
        return stages;
    }

    /** Number of tokens, H · W. */
    int tokens() {
        return height * width;
    }

    /** Width of the MLP's hidden layer. */
    int mlpHidden() {
        return MLP_RATIO * dim;
    }

    /** Name of a block of this stage, counted within it. */
    String blockName(int index) {
        return "stages." + number + ".blocks." + index;
    }

    /** Name of what leads from the stage before to this one. */
    String downsampleName() {
        return "stages." + number + ".downsample";
    }
}
