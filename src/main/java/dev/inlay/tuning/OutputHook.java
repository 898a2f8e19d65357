package dev.inlay.tuning;

import dev.inlay.backbone.Dropout;
import org.bytedeco.pytorch.Tensor;

/** A module beside or behind a linear layer. */
@FunctionalInterface
public interface OutputHook {
    /**
     * @param x (B, M, in) input of the hook point; behind the last block's attention only the tokens that are read out may be there
     * @param y (B, M, out) output of the hook point so far
     * @param dropout of the pass
     * @return (B, M, out) what takes the place of {@code y}
     */
    Tensor output(Tensor x, Tensor y, Dropout dropout);
}
