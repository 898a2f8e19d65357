package dev.inlay.tuning;

import dev.inlay.backbone.Noise;
import org.bytedeco.pytorch.Tensor;

/** Tokens that a block's attention reads as further keys and values. */
@FunctionalInterface
public interface ContextFilling {
    /**
     * @param noise of the pass
     * @return (B, p, D), or (1, p, D) if they are the same for every image
     */
    Tensor context(Noise noise);
}
