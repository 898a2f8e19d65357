package dev.inlay.tuning.ssf;

import dev.inlay.backbone.Noise;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Mergeable;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Part;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * γ ⊙ y + β.
 *
 * @param scale γ (out), trainable
 * @param shift β (out), trainable
 */
public record ScaleAndShift(Tensor scale, Tensor shift) implements Mergeable {
    /**
     * Registers {@code <name>.scale} and {@code <name>.shift}.
     *
     * @param width of what leaves the place
     * @param std of the noise around γ = 1 and β = 0; at 0 nothing changes before the first step
     */
    public static ScaleAndShift trainable(Attachment attachment, String name, int width, double std) {
        return new ScaleAndShift(
                vector(attachment, name + ".scale", width, 1, std, Kind.WEIGHT),
                vector(attachment, name + ".shift", width, 0, std, Kind.BIAS));
    }

    private static Tensor vector(Attachment attachment, String name, int width, double mean, double std, Kind kind) {
        float[] values = Initial.normal(attachment.init().at(name), width, mean, std);
        return attachment.trainable(name, values, new long[] {width}, Part.MODULE, kind);
    }

    @Override
    public Tensor output(Tensor x, Tensor y, Noise noise) {
        return torch.addcmul(shift, y, scale);
    }

    @Override
    public Weights merged(Weights step) {
        long[] rows = new long[Math.toIntExact(step.weight().dim())];
        Arrays.fill(rows, 1);
        rows[0] = scale.numel();
        Tensor shifted =
                step.bias().map(now -> torch.addcmul(shift, now, scale)).orElse(shift);
        return new Weights(step.weight().mul(scale.view(rows)), Optional.of(shifted));
    }
}
