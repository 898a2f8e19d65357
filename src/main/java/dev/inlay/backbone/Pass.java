package dev.inlay.backbone;

import dev.inlay.tensor.Precision;

/**
 * One forward pass: its hooks, dropout, stochastic depth and precision.
 *
 * @param hooks substitutes parameters and changes outputs
 * @param dropout the random part
 * @param dropPath stochastic depth of the last block, in [0, 1); earlier blocks drop less, linearly from 0
 * @param precision of the products; null for the backbone's own
 */
public record Pass(ForwardHooks hooks, Dropout dropout, double dropPath, Precision precision) {
    /** The bare backbone in evaluation. */
    public static final Pass BARE = evaluation(ForwardHooks.NONE);

    /** A pass in the backbone's own precision. */
    public Pass(ForwardHooks hooks, Dropout dropout, double dropPath) {
        this(hooks, dropout, dropPath, null);
    }

    /** A pass without noise, in the backbone's own precision. */
    public static Pass evaluation(ForwardHooks hooks) {
        return new Pass(hooks, Dropout.NONE, 0);
    }

    /** The stochastic depth of block {@code block} of {@code depth} blocks. */
    public double dropPath(int block, int depth) {
        return depth == 1 ? dropPath : dropPath * block / (depth - 1);
    }
}
