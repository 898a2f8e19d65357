package dev.inlay.backbone;

/**
 * One forward pass: its hooks, dropout and stochastic depth.
 *
 * @param hooks substitutes parameters and changes outputs
 * @param dropout the random part
 * @param dropPath stochastic depth of the last block, in [0, 1); earlier blocks drop less, linearly from 0
 */
public record Pass(ForwardHooks hooks, Dropout dropout, double dropPath) {
    /** The bare backbone in evaluation. */
    public static final Pass BARE = evaluation(ForwardHooks.NONE);

    /** A pass without noise. */
    public static Pass evaluation(ForwardHooks hooks) {
        return new Pass(hooks, Dropout.NONE, 0);
    }

    /** The stochastic depth of block {@code block} of {@code depth} blocks. */
    public double dropPath(int block, int depth) {
        return depth == 1 ? dropPath : dropPath * block / (depth - 1);
    }
}
