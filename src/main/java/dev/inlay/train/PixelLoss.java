package dev.inlay.train;

import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.tensor.Device;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The cross-entropy of the pixels of an image that count, and a share of their Dice loss; 0 of an image without any. Of one image
 * it is torch's {@code cross_entropy} with {@code weight}, {@code ignore_index}, {@code label_smoothing} and the reduction
 * {@code mean}, which divides by the sum of the pixels' weights.
 *
 * <p>The Dice loss (Milletari et al., arXiv 1606.04797, with the sum of the probabilities in place of that of their squares, and
 * for several classes as Sudre et al., arXiv 1707.03237, without their weights) is 1 minus the mean, over the classes c that the
 * image has, of (2 Σ p g + 1) / (Σ p + Σ g + 1): the sums are over the pixels that count, p is the probability of c and g is 1 where
 * c is right.
 *
 * @param labelSmoothing as {@link CrossEntropy}'s; of the cross-entropy alone
 * @param classWeights how much a pixel counts, by its class, above 0; empty where all count alike; of the cross-entropy alone
 * @param dice what the Dice loss is multiplied by, at least 0; 0 to leave it out
 */
public record PixelLoss(double labelSmoothing, List<Double> classWeights, double dice) implements Loss {
    private static final long ONE_BY_ONE = 0;
    private static final long[] PIXELS = {1, 2};
    private static final long[] PIXELS_OF_CLASSES = {2, 3};
    private static final double SMOOTHING = 1;

    /** Copies the list. */
    public PixelLoss {
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
        Tensor counted = targets.ne(new Scalar(PixelClasses.IGNORED)).to(ScalarType.Float);
        Tensor crossEntropy = crossEntropy(logits, targets, counted);
        return dice == 0
                ? crossEntropy
                : crossEntropy.add(dice(logits, targets, counted).mul(new Scalar(dice)));
    }

    private Tensor crossEntropy(Tensor logits, Tensor targets, Tensor counted) {
        Tensor weights = classWeights.isEmpty() ? null : Loss.row(Device.of(logits), classWeights);
        Tensor losses = torch.cross_entropy_loss(
                logits,
                targets,
                weights == null ? new TensorOptional() : new TensorOptional(weights),
                ONE_BY_ONE,
                PixelClasses.IGNORED,
                labelSmoothing);
        Tensor counts = weights == null
                ? counted
                : weights.take(targets.clamp_max(new Scalar(classWeights.size() - 1)))
                        .mul(counted);
        return losses.sum(PIXELS).div(atLeast(counts.sum(PIXELS)));
    }

    /** The Dice loss of each image, (B). */
    private static Tensor dice(Tensor logits, Tensor targets, Tensor counted) {
        long[] numbers = LongStream.range(0, logits.size(1)).toArray();
        Tensor classes = Device.of(logits).of(numbers, 1, numbers.length, 1, 1);
        Tensor truth = targets.unsqueeze(1).eq(classes);
        Tensor probabilities = logits.to(ScalarType.Float).softmax(1);
        Tensor right = probabilities.mul(truth).sum(PIXELS_OF_CLASSES);
        Tensor said = probabilities.mul(counted.unsqueeze(1)).sum(PIXELS_OF_CLASSES);
        Tensor there = truth.sum(PIXELS_OF_CLASSES);
        Tensor scores = right.mul(new Scalar(2))
                .add(new Scalar(SMOOTHING))
                .div(said.add(there).add(new Scalar(SMOOTHING)));
        Tensor occurs = there.gt(new Scalar(0));
        return scores.neg()
                .add(new Scalar(1))
                .mul(occurs)
                .sum(1)
                .div(occurs.sum(1).clamp_min(new Scalar(1)));
    }

    /** What nothing can be divided by without harm. */
    private static Tensor atLeast(Tensor counts) {
        return counts.clamp_min(new Scalar(1e-12));
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
}
