package dev.inlay.insight;

import dev.inlay.backbone.Backbone;
import dev.inlay.tuning.Tuning;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Maps of what a tuned network looks at, by the attention of all blocks where it can be followed, and by gradients elsewhere. */
public final class SaliencyMaps {
    private SaliencyMaps() {}

    /**
     * The map of an image. The cost is one pass of it, and for a Vision Transformer its attention once more, whose
     * probabilities take 4 N² bytes a block, N being the tokens.
     *
     * @param image (3, H, W), normalised
     * @param predicted index of the class that the network predicts
     * @return empty if the tuning changes the images themselves, so that its patches are none of theirs, or if the attention of
     *     so many patches would take more than 256 MB
     */
    public static Optional<SaliencyMap> of(Tuning tuning, float[] image, int predicted) {
        if (tuning.hooks().changesImages()) {
            return Optional.empty();
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor images = tuning.backbone()
                    .device()
                    .of(
                            image,
                            1,
                            3,
                            tuning.backbone().height(),
                            tuning.backbone().width());
            AttentionWatch watch = AttentionRollout.watch(tuning, images);
            if (!watch.attends()) {
                return Optional.of(ClassActivation.of(tuning, images, predicted));
            }
            Backbone backbone = tuning.hooks().running();
            return watch.blocks().size() < backbone.depth()
                    ? Optional.empty()
                    : Optional.of(AttentionRollout.map(watch, backbone));
        }
    }
}
