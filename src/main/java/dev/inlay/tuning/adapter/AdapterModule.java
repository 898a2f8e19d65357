package dev.inlay.tuning.adapter;

import dev.inlay.backbone.Noise;
import dev.inlay.tuning.OutputFilling;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * y + DropPath(Up(GELU(Down(Dropout(h))))), where h is the site's output y, or its input x for a module beside it.
 *
 * @param place names the module to the noise
 * @param beside true to read the input of the site instead of its output
 * @param down weight (rank, width of h) and bias (rank), trainable
 * @param up weight (out, rank) and bias (out), trainable
 * @param dropout on h, in [0, 1)
 * @param dropPath on the module's output, in [0, 1)
 */
public record AdapterModule(String place, boolean beside, Affine down, Affine up, double dropout, double dropPath)
        implements OutputFilling {

    /** x Wᵀ + b. */
    public record Affine(Tensor weight, Tensor bias) {
        Tensor of(Tensor x) {
            return torch.linear(x, weight, bias);
        }
    }

    @Override
    public Tensor output(Tensor x, Tensor y, Noise noise) {
        Tensor h = noise.dropout(beside ? x : y, place, dropout);
        Tensor delta = up.of(torch.gelu(down.of(h)));
        return y.add(noise.dropPath(delta, place, dropPath));
    }
}
