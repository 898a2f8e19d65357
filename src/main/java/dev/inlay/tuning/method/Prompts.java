package dev.inlay.tuning.method;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.HookPoint;
import dev.inlay.random.Key;
import dev.inlay.tuning.ContextHook;
import dev.inlay.tuning.HookPointSelector;
import dev.inlay.tuning.Initial;
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
public record Prompts(String name, Tensor values, UnaryOperator<Tensor> projection, double dropout)
        implements ContextHook {
    /** Prompts of the backbone's width, without a projection. */
    public Prompts(String name, Tensor values, double dropout) {
        this(name, values, UnaryOperator.identity(), dropout);
    }

    /**
     * Where prompts start that are as wide as their block: U(-v, v) with v = √(6 / (m + d)), Glorot's bound for the filters
     * that embed the m numbers of a patch in d; so in every block, also of another width than d.
     *
     * @param key equal keys give equal values, and more tokens the same first ones
     * @param width of a prompt
     * @return (tokens, width) row-major
     * @throws dev.inlay.error.ConfigException if the backbone embeds no patches, or has no attention to read prompts
     */
    public static float[] initial(Backbone backbone, Key key, int tokens, int width) {
        return initial(backbone, key, tokens, width, embedding(backbone).out());
    }

    /** Prompts that start as if patches were embedded in {@code embedded} numbers. */
    static float[] initial(Backbone backbone, Key key, int tokens, int width, int embedded) {
        HookPointSelector.EVERYWHERE.among(backbone, HookPoint.Kind.ATTENTION, Prompt.METHOD);
        double bound = Math.sqrt(6.0 / (embedding(backbone).in() + embedded));
        return Initial.uniform(key, Math.multiplyExact(tokens, width), bound);
    }

    private static HookPoint embedding(Backbone backbone) {
        return HookPointSelector.EVERYWHERE
                .among(backbone, HookPoint.Kind.PATCHES, Prompt.METHOD)
                .get(0);
    }

    @Override
    public Tensor context(Dropout drops) {
        return drops.dropout(projection.apply(values), name, dropout);
    }
}
