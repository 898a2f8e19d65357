package dev.inlay.checkpoint.naming;

import dev.inlay.backbone.BiasGrid;
import dev.inlay.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * Tables of position biases made for one window, brought to another as timm's {@code resize_rel_pos_bias_table} does without
 * SciPy: the old distances are spread in a geometric progression, far ones further apart, so that they span the new ones;
 * between them biases are linear, and beyond the last they stay.
 */
final class BiasTable {
    private static final double PRECISION = 1e-6;

    private BiasTable() {}

    /**
     * @param table (side², h): a row per distance, of a square window
     * @return (rows · columns, h), in the caller's scope
     */
    static Tensor resize(Tensor table, int side, BiasGrid grid) {
        long heads = table.size(1);
        return Tensors.scoped(() -> along(side, grid.columns())
                .matmul(along(side, grid.rows())
                        .matmul(table.reshape(side, side * heads))
                        .reshape(grid.rows(), side, heads))
                .reshape(grid.distances(), heads));
    }

    /** (target, source): what each of {@code source} old distances along one axis contributes to the new ones. */
    private static Tensor along(int source, int target) {
        double[] positions = positions(source, target);
        float[] weights = new float[target * source];
        for (int i = 0; i < target; i++) {
            double at = i - target / 2;
            int right = 0;
            while (right < source && positions[right] < at) {
                right++;
            }
            if (right == 0 || right == source) {
                weights[i * source + Math.min(right, source - 1)] = 1;
            } else {
                double fraction = (at - positions[right - 1]) / (positions[right] - positions[right - 1]);
                weights[i * source + right - 1] = (float) (1 - fraction);
                weights[i * source + right] = (float) fraction;
            }
        }
        return Tensors.of(weights, target, source);
    }

    /** Where the old distances lie among the new ones, whose middle is 0. */
    private static double[] positions(int source, int target) {
        int half = source / 2;
        double ratio = ratio(half, target / 2);
        double[] positions = new double[source];
        double position = 0;
        for (int i = 1; i <= half; i++) {
            position += Math.pow(ratio, i - 1);
            positions[half + i] = position;
            positions[half - i] = -position;
        }
        return positions;
    }

    /** The ratio of neighbouring gaps, between 1.01 and 1.5, with which {@code count} of them reach {@code length}. */
    private static double ratio(int count, int length) {
        double left = 1.01;
        double right = 1.5;
        double ratio = left;
        while (right - left > PRECISION) {
            ratio = (left + right) / 2;
            if ((1 - Math.pow(ratio, count)) / (1 - ratio) > length) {
                right = ratio;
            } else {
                left = ratio;
            }
        }
        return ratio;
    }
}
