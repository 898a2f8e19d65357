package dev.inlay.backbone.vit;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Makes Vision Transformers, as {@link VitFamily} does. */
public final class VitLoader {
    private VitLoader() {}

    /**
     * A ViT over the tensors of a checkpoint; see {@link VitFamily#load}.
     *
     * @throws dev.inlay.error.DataException listing every tensor that is missing, unexpected, of another shape or not finite
     */
    public static VisionTransformer load(String name, VitSpec spec, Map<String, Tensor> tensors, String source) {
        return new VitFamily().load(name, spec, tensors, source);
    }

    /** A ViT with random weights; equal seeds give equal ones. */
    public static VisionTransformer random(String name, VitSpec spec, long seed) {
        return new VitFamily().random(name, spec, seed);
    }
}
