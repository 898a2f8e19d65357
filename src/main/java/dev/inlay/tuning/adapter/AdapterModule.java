package dev.inlay.tuning.adapter;

import dev.inlay.backbone.Noise;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.Affine;
import dev.inlay.tuning.Bottleneck;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * y + scale · DropPath(Up(activation(Down(Dropout(h))))), where h is the site's output y, or its input x for a module
 * beside it.
 *
 * @param place names the module to the noise
 * @param beside true to read the input of the site instead of its output
 * @param down from the width of h to the bottleneck
 * @param up from the bottleneck to the width of y
 * @param activation between the two
 * @param scale fixed factor of what is added
 * @param dropout on h, in [0, 1)
 * @param dropPath on the module's output, in [0, 1)
 */
public record AdapterModule(
        String place,
        boolean beside,
        Affine down,
        Affine up,
        Activation activation,
        double scale,
        double dropout,
        double dropPath)
        implements Bottleneck {
    @Override
    public Tensor output(Tensor x, Tensor y, Noise noise) {
        Tensor h = noise.dropout(beside ? x : y, place, dropout);
        Tensor delta = up.of(activation.apply(down.of(h)));
        return y.add(noise.dropPath(delta, place, dropPath), new Scalar(scale));
    }

    @Override
    public Factors factors() {
        return Factors.of(beside, down, up, scale, activation);
    }
}
