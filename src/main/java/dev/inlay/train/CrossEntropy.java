package dev.inlay.train;

import dev.inlay.tensor.Device;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
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
public record CrossEntropy(double labelSmoothing, List<Double> classWeights) implements Loss {
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

    @Override
    public Tensor each(Tensor logits, Tensor labels) {
        Tensor ofHeads = ofHeads(logits, labels);
        Tensor losses = torch.cross_entropy_loss(
                logits, ofHeads, new TensorOptional(), ONE_BY_ONE, IGNORE_NONE, labelSmoothing);
        if (classWeights.isEmpty()) {
            return losses;
        }
        return losses.mul(Loss.row(Device.of(logits), classWeights).take(ofHeads));
    }

    @Override
    public Tensor right(Tensor logits, Tensor labels) {
        if (logits.dim() == 2) {
            return logits.argmax(new LongOptional(1), false).eq(labels);
        }
        Tensor ofLabels = logits.gather(1, ofHeads(logits, labels).unsqueeze(1)).squeeze(1);
        return logits.amax(new long[] {1}, false).eq(ofLabels);
    }

    /** The labels, (B), for each head, (G, B), if there are several. */
    private static Tensor ofHeads(Tensor logits, Tensor labels) {
        return labels.dim() == logits.dim() - 1 ? labels : labels.unsqueeze(0).expand(logits.size(0), labels.size(0));
    }
}
