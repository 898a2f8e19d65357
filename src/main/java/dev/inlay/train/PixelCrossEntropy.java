package dev.inlay.train;

import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.tensor.Device;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Cross-entropy of the pixels of an image, its mean over those that count; 0 of an image without any.
 *
 * @param labelSmoothing as {@link CrossEntropy}'s
 * @param classWeights how much a pixel counts, by its class, above 0; empty where all count alike. The mean is over the weights
 */
public record PixelCrossEntropy(double labelSmoothing, List<Double> classWeights) implements Loss {
    private static final long ONE_BY_ONE = 0;
    private static final long[] PIXELS = {1, 2};

    /** Copies the list. */
    public PixelCrossEntropy {
        classWeights = List.copyOf(classWeights);
    }

    /**
     * The loss of each image.
     *
     * @param logits (B, C, H, W)
     * @param targets (B, H, W) int64, {@link PixelClasses#IGNORED} where a pixel does not count
     * @return (B)
     */
    @Override
    public Tensor each(Tensor logits, Tensor targets) {
        Tensor weights = classWeights.isEmpty() ? null : weights(Device.of(logits));
        Tensor losses = torch.cross_entropy_loss(
                logits,
                targets,
                weights == null ? new TensorOptional() : new TensorOptional(weights),
                ONE_BY_ONE,
                PixelClasses.IGNORED,
                labelSmoothing);
        Tensor counted = counted(targets, losses);
        Tensor counts = weights == null
                ? counted
                : weights.take(targets.clamp(
                                new org.bytedeco.pytorch.ScalarOptional(new Scalar(0)),
                                new org.bytedeco.pytorch.ScalarOptional(new Scalar(classWeights.size() - 1))))
                        .mul(counted);
        return losses.sum(PIXELS).div(atLeast(counts.sum(PIXELS)));
    }

    @Override
    public boolean tellsRight() {
        return false;
    }

    /** False for every image: its pixels are right or wrong. */
    @Override
    public Tensor right(Tensor logits, Tensor targets) {
        return targets.new_zeros(new long[] {targets.size(0)}).gt(new Scalar(0));
    }

    private static Tensor counted(Tensor targets, Tensor like) {
        return targets.ne(new Scalar(PixelClasses.IGNORED)).to(like.scalar_type());
    }

    /** What nothing can be divided by without harm. */
    private static Tensor atLeast(Tensor counts) {
        return counts.clamp_min(new Scalar(1e-12));
    }

    private Tensor weights(Device device) {
        float[] weights = new float[classWeights.size()];
        for (int c = 0; c < weights.length; c++) {
            weights[c] = classWeights.get(c).floatValue();
        }
        return device.of(weights, weights.length);
    }
}
