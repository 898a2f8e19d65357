package dev.inlay.tuning;

import dev.inlay.backbone.Dropout;
import org.bytedeco.pytorch.Tensor;

/** Changes the images that enter a backbone. */
@FunctionalInterface
public interface ImageHook {
    /**
     * @param images (B, 3, H, W) float32, normalised
     * @param dropout of the pass
     * @return (B, 3, H', W') what takes the place of {@code images}
     */
    Tensor images(Tensor images, Dropout dropout);
}
