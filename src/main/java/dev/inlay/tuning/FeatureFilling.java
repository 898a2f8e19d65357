package dev.inlay.tuning;

import dev.inlay.backbone.Noise;
import org.bytedeco.pytorch.Tensor;

/** Changes the features before the last, linear layer of the head. */
@FunctionalInterface
public interface FeatureFilling {
    /**
     * @param features (B, D)
     * @param noise of the pass
     * @return (B, D)
     */
    Tensor features(Tensor features, Noise noise);
}
