package dev.inlay.tuning;

import dev.inlay.backbone.Noise;
import org.bytedeco.pytorch.Tensor;

/** Changes the tokens that enter a block. */
public interface TokenFilling {
    /**
     * @param x (B, N, D)
     * @param noise of the pass
     * @return (B, N', D) what takes the place of {@code x}
     */
    Tensor tokens(Tensor x, Noise noise);

    /** How many tokens more N' is than N. */
    int added();
}
