package dev.inlay.tuning.lora;

import dev.inlay.backbone.Noise;
import dev.inlay.tuning.Bottleneck;
import dev.inlay.tuning.Mergeable;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * y + scale · DropPath(Dropout(x) Aᵀ Bᵀ) (Hu et al., arXiv 2106.09685); SPT's structured module has the scale 1.
 *
 * @param place names the module to the noise
 * @param a (rank, in) trainable
 * @param b (out, rank) trainable
 * @param scale alpha / rank
 * @param dropout on the input, in [0, 1)
 * @param dropPath on the module's output, in [0, 1)
 */
public record LoraModule(String place, Tensor a, Tensor b, double scale, double dropout, double dropPath)
        implements Mergeable, Bottleneck {
    @Override
    public Tensor output(Tensor x, Tensor y, Noise noise) {
        Tensor down = torch.linear(noise.dropout(x, place, dropout), a); // (B, N, rank)
        Tensor delta = noise.dropPath(torch.linear(down, b), place, dropPath);
        return y.add(delta, new Scalar(scale));
    }

    @Override
    public Factors factors() {
        return Factors.linear(a, b, scale);
    }

    @Override
    public Weights merged(Weights step) {
        return new Weights(step.weight().addmm(b, a, new Scalar(1.0), new Scalar(scale)), step.bias());
    }
}
