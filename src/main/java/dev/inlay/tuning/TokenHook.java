package dev.inlay.tuning;

import dev.inlay.backbone.Dropout;
import org.bytedeco.pytorch.Tensor;

/** Changes the tokens that enter a block. */
public interface TokenHook {
    /**
     * @param x (B, N, D)
     * @param dropout of the pass
     * @return (B, N', D) what takes the place of {@code x}
     */
    Tensor tokens(Tensor x, Dropout dropout);

    /** How many tokens more N' is than N. */
    int added();
}
