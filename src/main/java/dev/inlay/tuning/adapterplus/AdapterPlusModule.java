package dev.inlay.tuning.adapterplus;

import dev.inlay.backbone.Noise;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.Affine;
import dev.inlay.tuning.Bottleneck;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * y + s ⊙ DropPath(Up(GELU(Down(y)))).
 *
 * @param place names the module to the noise
 * @param scale s, (D)
 * @param dropPath of the bottleneck, in [0, 1)
 */
record AdapterPlusModule(String place, Affine down, Affine up, Tensor scale, double dropPath) implements Bottleneck {
    @Override
    public Tensor output(Tensor x, Tensor y, Noise noise) {
        Tensor delta = noise.dropPath(up.of(Activation.GELU.apply(down.of(y))), place, dropPath);
        return torch.addcmul(y, delta, scale);
    }

    @Override
    public Factors factors() {
        Affine scaled =
                new Affine(up.weight().mul(scale.unsqueeze(1)), up.bias().mul(scale));
        return Factors.of(false, down, scaled, 1, Activation.GELU);
    }
}
