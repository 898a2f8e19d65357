package dev.inlay.backbone;

/**
 * One forward pass: what fills the sites, and the noise of training.
 *
 * @param filling what takes the place of frozen parts
 * @param noise the random part
 * @param dropPath stochastic depth of the last block, in [0, 1); earlier blocks drop less, linearly from 0
 */
public record Pass(Filling filling, Noise noise, double dropPath) {
    /** The bare backbone in evaluation. */
    public static final Pass BARE = evaluation(Filling.NONE);

    /** A pass without noise. */
    public static Pass evaluation(Filling filling) {
        return new Pass(filling, Noise.NONE, 0);
    }

    /** The stochastic depth of block {@code block} of {@code depth} blocks. */
    public double dropPath(int block, int depth) {
        return depth == 1 ? dropPath : dropPath * block / (depth - 1);
    }
}
