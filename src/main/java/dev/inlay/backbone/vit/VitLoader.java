package dev.inlay.backbone.vit;

import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.RandomWeights;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
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
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        tensors.forEach((key, tensor) -> shapes.put(key, Tensors.shapeOf(tensor)));
        List<String> problems = VitLayout.differences(spec, shapes);
        if (!problems.isEmpty()) {
            throw new DataException(source + " does not hold a " + name + " (" + problems.size()
                    + (problems.size() == 1 ? " tensor differs" : " tensors differ") + "):\n  - "
                    + String.join("\n  - ", problems) + "\nchoose the variant or spec that the weights were made for");
        }
        requireFinite(tensors, source);
        return new VisionTransformer(name, spec, tensors, head(spec, tensors, source));
    }

    private static void requireFinite(Map<String, Tensor> tensors, String source) {
        List<String> damaged = new ArrayList<>();
        try (PointerScope scope = new PointerScope()) {
            tensors.forEach((key, tensor) -> {
                if (!tensor.isfinite().all().item_bool()) {
                    damaged.add(key);
                }
            });
        }
        if (!damaged.isEmpty()) {
            throw new DataException(source + ": expected finite numbers, found others in " + String.join(", ", damaged)
                    + "; the file is damaged, get it again");
        }
    }

    private static Classifier head(VitSpec spec, Map<String, Tensor> tensors, String source) {
        if (!tensors.containsKey(VitLayout.HEAD_WEIGHT)) {
            return null;
        }
        if (spec.options().distilled()) {
            LOG.info("{}: dropped head and head_dist: they read two tokens, and a head here reads their mean", source);
            return null;
        }
        return new Classifier(
                Tensors.floats(tensors.get(VitLayout.HEAD_WEIGHT)), Tensors.floats(tensors.get(VitLayout.HEAD_BIAS)));
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
