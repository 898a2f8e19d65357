package dev.inlay.backbone.vit;

import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.RandomWeights;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes Vision Transformers from named tensors, strictly, or from a seed. */
public final class VitLoader {
    private static final Logger LOG = LoggerFactory.getLogger(VitLoader.class);

    private VitLoader() {}

    /**
     * A ViT over the tensors of a checkpoint.
     *
     * @param name what to call the backbone
     * @param tensors float32 under timm's names, those of the head optional; owned by the caller, who may release them
     *     afterwards
     * @param source what to call the checkpoint in errors
     * @throws DataException listing every tensor that is missing, unexpected, of another shape or not finite
     */
    public static VisionTransformer load(String name, VitSpec spec, Map<String, Tensor> tensors, String source) {
        VitLayout.expected(spec).require(tensors, name, source);
        return new VisionTransformer(name, spec, tensors, head(spec, tensors, source));
    }

    private static Classifier head(VitSpec spec, Map<String, Tensor> tensors, String source) {
        Optional<Classifier> head = VitLayout.HEAD.read(tensors);
        if (head.isPresent() && spec.options().distilled()) {
            LOG.info("{}: dropped head and head_dist: they read two tokens, and a head here reads their mean", source);
            return null;
        }
        return head.orElse(null);
    }

    /**
     * A ViT with {@linkplain RandomWeights random weights}.
     *
     * @param seed equal seeds give equal weights
     */
    public static VisionTransformer random(String name, VitSpec spec, long seed) {
        Map<String, Tensor> tensors = RandomWeights.draw(VitLayout.shapes(spec), VitLayout.sites(spec), seed);
        VisionTransformer vit = new VisionTransformer(name, spec, tensors, null);
        tensors.values().forEach(Tensors::release);
        return vit;
    }
}
