package dev.inlay.backbone.swin;

import dev.inlay.backbone.RandomWeights;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Makes Swin Transformers from named tensors, strictly, or from a seed. */
public final class SwinLoader {
    private SwinLoader() {}

    /**
     * A Swin Transformer over the tensors of a checkpoint.
     *
     * @param name what to call the backbone
     * @param tensors float32 under timm's names, those of the head optional; owned by the caller, who may release them
     *     afterwards
     * @param source what to call the checkpoint in errors
     * @throws DataException listing every tensor that is missing, unexpected, of another shape or not finite
     */
    public static SwinTransformer load(String name, SwinSpec spec, Map<String, Tensor> tensors, String source) {
        SwinLayout.expected(spec).require(tensors, name, source);
        return new SwinTransformer(
                name, spec, tensors, SwinLayout.HEAD.read(tensors).orElse(null));
    }

    /**
     * A Swin Transformer with {@linkplain RandomWeights random weights}.
     *
     * @param seed equal seeds give equal weights
     */
    public static SwinTransformer random(String name, SwinSpec spec, long seed) {
        Map<String, Tensor> tensors = RandomWeights.draw(SwinLayout.shapes(spec), SwinLayout.sites(spec), seed);
        SwinTransformer swin = new SwinTransformer(name, spec, tensors, null);
        tensors.values().forEach(Tensors::release);
        return swin;
    }
}
