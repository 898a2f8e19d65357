package dev.inlay.train;

import dev.inlay.tensor.Device;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What a training minimises, by the kind of its labels. A batch's loss is the plain mean over its examples, so what an example
 * contributes depends neither on the others in its batch nor on how ranks share it.
 */
public sealed interface Loss permits CrossEntropy, BinaryCrossEntropy, SquaredError, PixelLoss {
    /**
     * The loss of each example.
     *
     * @param outputs of a head, (B, C), or (G, C, B) of G heads that train side by side
     * @param targets as {@link dev.inlay.data.loading.Batch#labels} has them, of B examples
     * @return (B), or (G, B)
     */
    Tensor each(Tensor outputs, Tensor targets);

    /**
     * Which examples are predicted right.
     *
     * @param outputs (B, C), or (G, C, B)
     * @param targets of B examples
     * @return (B), or (G, B), true or false
     */
    Tensor right(Tensor outputs, Tensor targets);

    /** Whether an example is right or wrong at all. */
    default boolean tellsRight() {
        return true;
    }

    /**
     * The targets of each output.
     *
     * @param outputs (B, K), or (G, K, B)
     * @param targets (B, K)
     * @return of the shape of {@code outputs}
     */
    static Tensor like(Tensor outputs, Tensor targets) {
        return outputs.dim() == 2 ? targets : targets.t().unsqueeze(0).expand_as(outputs);
    }

    /** A number of each output as a row, (K). */
    static Tensor row(Device device, List<Double> values) {
        float[] row = new float[values.size()];
        for (int k = 0; k < row.length; k++) {
            row[k] = values.get(k).floatValue();
        }
        return device.of(row, row.length);
    }
}
