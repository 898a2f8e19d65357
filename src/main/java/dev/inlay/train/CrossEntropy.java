package dev.inlay.train;

import dev.inlay.tensor.Device;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * What a training minimises: the cross-entropy between the softmax of the logits and the labels, in nats, times the weight of
 * the label. A batch's loss is the plain mean over its examples, so what an example contributes depends neither on the others
 * in its batch nor on how ranks share it. PyTorch's {@code cross_entropy} with {@code weight} divides by the sum of the
 * batch's weights instead, and spreads smoothing over the classes by their weights.
 *
 * @param labelSmoothing s in [0, 1): the target is 1 − s on the label plus s / C on every class (Szegedy et al., 2016,
 *     section 7)
 * @param classWeights by label, with a mean of 1 over the training images; empty where all count alike
 */
public record CrossEntropy(double labelSmoothing, List<Double> classWeights) {
    /** Without smoothing and weights. */
    public static final CrossEntropy PLAIN = new CrossEntropy(0);

    private static final long ONE_BY_ONE = 0;
    private static final long IGNORE_NONE = -100;

    /** Copies the list. */
    public CrossEntropy {
        classWeights = List.copyOf(classWeights);
    }

    /** Without weights. */
    public CrossEntropy(double labelSmoothing) {
        this(labelSmoothing, List.of());
    }

    /**
     * The loss of each example.
     *
     * @param logits (B, C), or (G, C, B) of G heads that train side by side
     * @param labels (B) int64, or (G, B)
     * @return of the shape of {@code labels}
     */
    Tensor each(Tensor logits, Tensor labels) {
        Tensor losses =
                torch.cross_entropy_loss(logits, labels, new TensorOptional(), ONE_BY_ONE, IGNORE_NONE, labelSmoothing);
        if (classWeights.isEmpty()) {
            return losses;
        }
        float[] weights = new float[classWeights.size()];
        for (int label = 0; label < weights.length; label++) {
            weights[label] = classWeights.get(label).floatValue();
        }
        return losses.mul(Device.of(logits).of(weights, weights.length).take(labels));
    }
}
