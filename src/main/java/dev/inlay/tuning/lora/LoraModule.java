package dev.inlay.tuning.lora;

import dev.inlay.backbone.Noise;
import dev.inlay.tuning.OutputFilling;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * y + DropPath(Dropout(x) Aᵀ Bᵀ), without a scaling factor (SPT's structured module).
 *
 * @param place names the module to the noise
 * @param a (rank, in) trainable
 * @param b (out, rank) trainable
 * @param dropout on the input, in [0, 1)
 * @param dropPath on the module's output, in [0, 1)
 */
public record LoraModule(String place, Tensor a, Tensor b, double dropout, double dropPath) implements OutputFilling {
    @Override
    public Tensor output(Tensor x, Tensor y, Noise noise) {
        Tensor down = torch.linear(noise.dropout(x, place, dropout), a); // (B, N, rank)
        return y.add(noise.dropPath(torch.linear(down, b), place, dropPath));
    }
}
