package dev.inlay.train.run;

import dev.inlay.data.Examples;
import dev.inlay.data.Mask;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Maps;
import dev.inlay.tuning.Ensemble;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * What every pixel of a test image shows and what was predicted, both in the size of its file.
 *
 * @param truth the mask of its file
 * @param predicted the class of the largest logit
 */
public record MaskedImage(Mask truth, Mask predicted) {
    /**
     * Predicts the mask of one image.
     *
     * @param pixels of the example, (3, H, W) normalised
     */
    static MaskedImage of(Ensemble tuned, Device device, Examples examples, int example, float[] pixels) {
        Mask truth = examples.mask(example);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor image = device.of(pixels, 1, 3, examples.height(), examples.width());
            byte[] classes = Maps.largest(tuned.logits(image, 0), truth.height(), truth.width());
            return new MaskedImage(truth, new Mask(truth.width(), truth.height(), classes));
        }
    }
}
