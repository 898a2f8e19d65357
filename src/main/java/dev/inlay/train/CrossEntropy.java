package dev.inlay.train;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * What a training minimises: the cross-entropy between the softmax of the logits and the labels, in nats.
 *
 * @param labelSmoothing s in [0, 1): the target is 1 − s on the label plus s / C on every class (Szegedy et al., 2016,
 *     section 7)
 */
public record CrossEntropy(double labelSmoothing) {
    /** Without smoothing. */
    public static final CrossEntropy PLAIN = new CrossEntropy(0);

    private static final long ONE_BY_ONE = 0;
    private static final long IGNORE_NONE = -100;

    /**
     * The loss of each example.
     *
     * @param logits (B, C), or (G, C, B) of G heads that train side by side
     * @param labels (B) int64, or (G, B)
     * @return of the shape of {@code labels}
     */
    Tensor each(Tensor logits, Tensor labels) {
        return torch.cross_entropy_loss(logits, labels, new TensorOptional(), ONE_BY_ONE, IGNORE_NONE, labelSmoothing);
    }
}
