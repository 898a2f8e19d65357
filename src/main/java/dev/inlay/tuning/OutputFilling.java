package dev.inlay.tuning;

import dev.inlay.backbone.Noise;
import org.bytedeco.pytorch.Tensor;

/** A module beside or behind a linear site. */
@FunctionalInterface
public interface OutputFilling {
    /**
     * @param x (B, N, in) input of the site
     * @param y (B, N, out) output of the site so far
     * @param noise of the pass
     * @return (B, N, out) what takes the place of {@code y}
     */
    Tensor output(Tensor x, Tensor y, Noise noise);
}
