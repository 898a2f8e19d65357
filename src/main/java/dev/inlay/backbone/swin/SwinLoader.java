package dev.inlay.backbone.swin;

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
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        tensors.forEach((key, tensor) -> shapes.put(key, Tensors.shapeOf(tensor)));
        List<String> problems = SwinLayout.differences(spec, shapes);
        if (!problems.isEmpty()) {
            throw new DataException(source + " does not hold a " + name + " (" + problems.size()
                    + (problems.size() == 1 ? " tensor differs" : " tensors differ") + "):\n  - "
                    + String.join("\n  - ", problems) + "\nchoose the variant or spec that the weights were made for");
        }
        requireFinite(tensors, source);
        return new SwinTransformer(name, spec, tensors, head(tensors));
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

    private static Classifier head(Map<String, Tensor> tensors) {
        return tensors.containsKey(SwinLayout.HEAD_WEIGHT)
                ? new Classifier(
                        Tensors.floats(tensors.get(SwinLayout.HEAD_WEIGHT)),
                        Tensors.floats(tensors.get(SwinLayout.HEAD_BIAS)))
                : null;
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
