package dev.inlay.tuning;

import dev.inlay.backbone.Noise;
import org.bytedeco.pytorch.Tensor;

/** A module beside or behind a linear site. */
@FunctionalInterface
public interface OutputFilling {
    /**
     * @param x (B, M, in) input of the site; behind the last block's attention only the tokens that are read out may be there
     * @param y (B, M, out) output of the site so far
     * @param noise of the pass
     * @return (B, M, out) what takes the place of {@code y}
     */
    Tensor output(Tensor x, Tensor y, Noise noise);
}
