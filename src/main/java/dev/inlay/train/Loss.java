package dev.inlay.train;

import org.bytedeco.pytorch.Tensor;

/**
 * What a training minimises, by the kind of its labels. A batch's loss is the plain mean over its examples, so what an example
 * contributes depends neither on the others in its batch nor on how ranks share it.
 */
public sealed interface Loss permits CrossEntropy {
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
}
