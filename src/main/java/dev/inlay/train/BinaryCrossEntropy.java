package dev.inlay.train;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The loss of labels that are sets of classes: the binary cross-entropy between the sigmoid of each logit and its target, in
 * nats, averaged over the classes, which is PyTorch's {@code BCEWithLogitsLoss}.
 *
 * @param labelSmoothing s in [0, 1): a target y becomes y (1 − s) + s / 2, as in Keras' {@code BinaryCrossentropy}
 */
public record BinaryCrossEntropy(double labelSmoothing) implements Loss {
    private static final long ONE_BY_ONE = 0;

    @Override
    public Tensor each(Tensor logits, Tensor targets) {
        Tensor of = Loss.like(logits, targets);
        Tensor smooth = labelSmoothing == 0
                ? of
                : of.mul(new Scalar(1 - labelSmoothing)).add(new Scalar(labelSmoothing / 2));
        return torch.binary_cross_entropy_with_logits(
                        logits, smooth, new TensorOptional(), new TensorOptional(), ONE_BY_ONE)
                .mean(1);
    }

    /** True where all classes are right at a threshold of 0.5. */
    @Override
    public Tensor right(Tensor logits, Tensor targets) {
        Scalar zero = new Scalar(0.0);
        return logits.gt(zero)
                .eq(Loss.like(logits, targets).gt(new Scalar(0.5)))
                .all(1, false);
    }
}
