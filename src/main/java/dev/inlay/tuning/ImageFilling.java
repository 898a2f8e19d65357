package dev.inlay.tuning;

import dev.inlay.backbone.Noise;
import org.bytedeco.pytorch.Tensor;

/** Changes the images that enter a backbone. */
@FunctionalInterface
public interface ImageFilling {
    /**
     * @param images (B, 3, H, W) float32, normalised
     * @param noise of the pass
     * @return (B, 3, H', W') what takes the place of {@code images}
     */
    Tensor images(Tensor images, Noise noise);
}
