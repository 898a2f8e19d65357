package dev.inlay.interop;

import dev.inlay.backbone.HookPoint;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * The update scale · B A of one linear layer, with a magnitude if it is DoRA's.
 *
 * @param a (rank, in)
 * @param b (out, rank)
 * @param magnitude (out)
 * @param scale alpha / rank
 */
record LowRankUpdate(HookPoint place, Tensor a, Tensor b, Optional<Tensor> magnitude, double scale) {
    int rank() {
        return Math.toIntExact(a.size(0));
    }
}
