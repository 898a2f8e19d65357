package dev.inlay.inference;

import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.Mask;
import dev.inlay.data.loading.Batch;
import dev.inlay.error.InlayException;
import dev.inlay.inference.MaskEvaluation.OfImage;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Maps;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Predicts masks in the size of the images' files, from logits that are resized to it bilinearly, and compares them with the true
 * ones. For many threads.
 *
 * @param examples with masks
 * @param logits from a batch to logits (B, C, H, W)
 */
record MaskScorer(Examples examples, Function<Batch, Tensor> logits) {
    private static final long MEAN = 1;

    /** What is found of each image of a batch, by its index in the examples. */
    Map<Integer, OfImage> images(Batch batch) {
        int classes = examples.labels().size();
        Map<Integer, OfImage> images = new HashMap<>();
        Tensor all = logits.apply(batch);
        for (int i = 0; i < batch.size(); i++) {
            int example = batch.indices()[i];
            images.put(example, ofImage(all.narrow(0, i, 1), examples.mask(example), classes, examples.id(example)));
        }
        return images;
    }

    /**
     * What is found of an image.
     *
     * @param logits (1, C, h, w)
     * @param id what errors call it
     */
    static OfImage ofImage(Tensor logits, Mask truth, int classes, String id) {
        Tensor full = Maps.resized(logits, truth.height(), truth.width());
        long[] pixels = new long[truth.values().length];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = truth.values()[i] & 0xff;
        }
        double loss = torch.cross_entropy_loss(
                        full,
                        Device.of(full).of(pixels, 1, truth.height(), truth.width()),
                        new TensorOptional(),
                        MEAN,
                        PixelClasses.IGNORED,
                        0)
                .item_double();
        if (!Double.isFinite(loss)) {
            throw new InlayException(id + ": the logits of its pixels are not finite");
        }
        Mask predicted = new Mask(truth.width(), truth.height(), Maps.largest(full));
        long[] counts = new long[classes * classes];
        for (int i = 0; i < pixels.length; i++) {
            if (pixels[i] != PixelClasses.IGNORED) {
                counts[(int) pixels[i] * classes + (predicted.values()[i] & 0xff)]++;
            }
        }
        double[] boundaries = new double[classes];
        for (int c = 0; c < classes; c++) {
            boundaries[c] = BoundaryScore.of(truth, predicted, c, PixelClasses.IGNORED);
        }
        return new OfImage(counts, boundaries, loss);
    }
}
