package dev.inlay.tuning;

import dev.inlay.backbone.Dropout;
import org.bytedeco.pytorch.Tensor;

/** Tokens that a block's attention reads as further keys and values. */
@FunctionalInterface
public interface ContextHook {
    /**
     * @param dropout of the pass
     * @return (B, p, D), or (1, p, D) if they are the same for every image
     */
    Tensor context(Dropout dropout);
}
