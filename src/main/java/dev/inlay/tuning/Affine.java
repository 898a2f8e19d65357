package dev.inlay.tuning;

import dev.inlay.tensor.TokenProduct;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import org.bytedeco.pytorch.Tensor;

/**
 * x Wᵀ + b, trained.
 *
 * @param weight W, (out, in)
 * @param bias b, (out)
 */
public record Affine(Tensor weight, Tensor bias) {
    /**
     * Registers {@code <name>.weight} and {@code <name>.bias}.
     *
     * @param weight (out, in) row-major, before training
     * @param bias (out), before training
     * @param part what both count as
     */
    public static Affine trainable(Attachment attachment, String name, float[] weight, float[] bias, Role part) {
        long out = bias.length;
        return new Affine(
                attachment.trainable(
                        name + ".weight", weight, new long[] {out, weight.length / out}, part, Kind.WEIGHT),
                attachment.trainable(name + ".bias", bias, new long[] {out}, part, Kind.BIAS));
    }

    /**
     * The map of {@code x}.
     *
     * @param x (…, in)
     * @return (…, out)
     */
    public Tensor of(Tensor x) {
        return TokenProduct.of(x, weight, bias);
    }
}
