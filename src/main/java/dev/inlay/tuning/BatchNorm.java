package dev.inlay.tuning;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Batch normalisation of a head, as torch's: momentum 0.1, epsilon 1e-5.
 *
 * @param weight (C) scale after the normalisation
 * @param bias (C) shift after the normalisation
 * @param mean (C) kept mean of each channel
 * @param variance (C) kept variance of each channel, unbiased
 */
public record BatchNorm(Tensor weight, Tensor bias, Tensor mean, Tensor variance) {
    private static final double MOMENTUM = 0.1;
    private static final double EPSILON = 1e-5;

    /** Registers {@code <name>.weight}, {@code bias}, {@code mean} and {@code variance}: nothing but the normalisation at first. */
    public static BatchNorm trainable(Attachment attachment, String name, int channels) {
        return new BatchNorm(
                vector(attachment, name + ".weight", Device.CPU.ones(channels), Role.HEAD, Kind.WEIGHT),
                vector(attachment, name + ".bias", Device.CPU.zeros(channels), Role.HEAD, Kind.BIAS),
                vector(attachment, name + ".mean", Device.CPU.zeros(channels), Role.STATISTIC, Kind.BIAS),
                vector(attachment, name + ".variance", Device.CPU.ones(channels), Role.STATISTIC, Kind.WEIGHT));
    }

    private static Tensor vector(Attachment attachment, String name, Tensor initial, Role part, Kind kind) {
        try (initial) {
            return attachment.trainable(name, initial, part, kind);
        }
    }

    /** Returns what evaluation multiplies each channel by, (C). */
    public Tensor scale() {
        return weight.div(variance.add(new Scalar(EPSILON)).sqrt());
    }

    /** Returns what evaluation adds to each channel after the {@link #scale}, (C). */
    public Tensor shift() {
        return bias.sub(mean.mul(scale()));
    }

    /**
     * Normalises.
     *
     * @param x (B, C) or (B, C, h, w)
     * @param byBatch whether by the mean and the variance of the batch, which also move the kept ones a tenth of the way there;
     *     or by the kept ones
     * @return of the shape of {@code x}
     */
    public Tensor of(Tensor x, boolean byBatch) {
        return torch.batch_norm(
                x,
                Tensors.optional(weight),
                Tensors.optional(bias),
                Tensors.optional(mean),
                Tensors.optional(variance),
                byBatch,
                MOMENTUM,
                EPSILON,
                true);
    }
}
