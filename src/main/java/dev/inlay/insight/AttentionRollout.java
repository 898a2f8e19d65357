package dev.inlay.insight;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.insight.AttentionWatch.Attended;
import dev.inlay.tuning.Tuning;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Follows attention from the tokens that are read out back to the patches (Abnar and Zuidema, arXiv 2005.00928, <i>attention
 * rollout</i>): the product over all blocks of (A + I) / 2, where A is the attention averaged over the heads and I stands for
 * the residual. The read-out token's row is the map; of several, their mean. Tokens that a method puts in carry nothing of
 * the image to where they are put, and the keys and values that it adds to a block's attention carry nothing at all.
 */
final class AttentionRollout {
    private AttentionRollout() {}

    /** Notes the attention of a pass of an image, (1, 3, H, W), normalised. */
    static AttentionWatch watch(Tuning tuning, Tensor image) {
        AttentionWatch watch =
                new AttentionWatch(tuning.hooks(), tuning.hooks().running().depth());
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            tuning.features(image, 0, new Pass(watch, Dropout.NONE, 0));
        }
        return watch;
    }

    /**
     * The map of an image.
     *
     * @param watch of a pass of it, of all blocks
     * @param backbone that it went through
     */
    static SaliencyMap map(AttentionWatch watch, Backbone backbone) {
        List<Attended> blocks = watch.blocks();
        float[] part = watch.read();
        for (int block = blocks.size() - 1; block >= 0; block--) {
            Attended attended = blocks.get(block);
            part = without(through(part, attended), backbone.grid(block).leading(), attended.inserted());
        }
        int height = backbone.grid(0).height();
        int width = backbone.grid(0).width();
        float[] patches = new float[height * width];
        System.arraycopy(part, part.length - patches.length, patches, 0, patches.length);
        return new SaliencyMap(SaliencyMap.Kind.ATTENTION_ROLLOUT, height, width, patches);
    }

    /** The parts of the tokens that leave a block, (M), to those of the tokens that enter it, (N). */
    private static float[] through(float[] leaving, Attended block) {
        double[] entering = new double[block.tokens()];
        for (int m = 0; m < leaving.length; m++) {
            entering[m] += leaving[m] / 2.0;
            for (int n = 0; n < entering.length; n++) {
                entering[n] += leaving[m] * block.probabilities()[m * entering.length + n] / 2.0;
            }
        }
        float[] parts = new float[entering.length];
        for (int n = 0; n < parts.length; n++) {
            parts[n] = (float) entering[n];
        }
        return parts;
    }

    /** Leaves out tokens that were put in behind the leading ones. */
    private static float[] without(float[] parts, int leading, int inserted) {
        float[] left = new float[parts.length - inserted];
        System.arraycopy(parts, 0, left, 0, leading);
        System.arraycopy(parts, leading + inserted, left, leading, left.length - leading);
        return left;
    }
}
