package dev.inlay.insight;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Weighs what the last block gave by the gradient of a class's logit (Selvaraju et al., arXiv 1610.02391, <i>Grad-CAM</i>): each
 * channel by its gradient's mean over the patches, and of their sum what is above 0. Only the read-out and the head are
 * differentiated.
 */
final class ClassActivation {
    private ClassActivation() {}

    /**
     * The map of an image.
     *
     * @param image (1, 3, H, W), normalised
     * @param label index of the class
     */
    static SaliencyMap of(Tuning tuning, Tensor image, int label) {
        Backbone backbone = tuning.hooks().running();
        int last = backbone.steps() - 1;
        TokenGrid grid = backbone.grid(backbone.depth() - 1);
        try (PointerScope scope = new PointerScope()) {
            Tensor leaving;
            try (NoGradGuard guard = new NoGradGuard()) {
                leaving = tuning.run(image, 0, last, Dropout.NONE, 0).detach(); // (1, N, D)
            }
            leaving.set_requires_grad(true);
            Tensor read = tuning.run(leaving, last, last + 1, Dropout.NONE, 0);
            Tensor logit = tuning.head(tuning.headed(read, Dropout.NONE))
                    .select(1, label)
                    .sum();
            Tensor gradient = torch.grad(new TensorVector(logit), new TensorVector(leaving))
                    .get(0)
                    .narrow(1, leaving.size(1) - grid.patches(), grid.patches());
            Tensor patches = leaving.detach().narrow(1, leaving.size(1) - grid.patches(), grid.patches());
            Tensor map = patches.mul(gradient.mean(1).unsqueeze(1)).sum(2).relu(); // (1, P)
            return new SaliencyMap(SaliencyMap.Kind.GRAD_CAM, grid.height(), grid.width(), Tensors.floats(map));
        }
    }
}
