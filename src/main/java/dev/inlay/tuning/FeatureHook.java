package dev.inlay.tuning;

import dev.inlay.backbone.Dropout;
import org.bytedeco.pytorch.Tensor;

/** Changes the features before the last, linear layer of the head. */
@FunctionalInterface
public interface FeatureHook {
    /**
     * @param features (B, D), or a map (B, D, h, w)
     * @param dropout of the pass
     * @return (B, D), or a map of any channels and size
     */
    Tensor features(Tensor features, Dropout dropout);
}
