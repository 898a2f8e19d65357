package dev.inlay.tuning.prompt;

import dev.inlay.backbone.Noise;
import dev.inlay.tuning.ContextFilling;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * The prompts of one block: Dropout(projection(values)), dropped for each image by itself. As keys and values of a block's
 * attention they ask nothing, which is all that deep prompts do: what would leave the block of them is thrown away.
 *
 * @param name of the block's prompts; names them to the noise
 * @param values (1, p, k) trainable
 * @param projection from (1, p, k) to (1, p, D)
 * @param dropout in [0, 1)
 */
record Prompts(String name, Tensor values, UnaryOperator<Tensor> projection, double dropout) implements ContextFilling {
    @Override
    public Tensor context(Noise noise) {
        return noise.dropout(projection.apply(values), name, dropout);
    }
}
