package dev.inlay.backbone.vit;

import dev.inlay.backbone.Classifier;
import dev.inlay.error.DataException;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bytedeco.pytorch.Tensor;

/** Makes Vision Transformers from named tensors, strictly, or from a seed. */
public final class VitLoader {
    private VitLoader() {}

    /**
     * A ViT over the tensors of a checkpoint.
     *
     * @param name what to call the backbone
     * @param tensors float32 under timm's names, {@code head.*} optional; owned by the caller, who may release them
     *     afterwards
     * @param source what to call the checkpoint in errors
     * @throws DataException listing every tensor that is missing, unexpected or of another shape
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
        return new VisionTransformer(name, spec, tensors, head(tensors));
    }

    private static Classifier head(Map<String, Tensor> tensors) {
        return tensors.containsKey(VitLayout.HEAD_WEIGHT)
                ? new Classifier(
                        Tensors.floats(tensors.get(VitLayout.HEAD_WEIGHT)),
                        Tensors.floats(tensors.get(VitLayout.HEAD_BIAS)))
                : null;
    }

    /**
     * A ViT with random weights as timm draws them: matrices, patch filters, class token and positions from N(0, 0.02²),
     * biases 0, norms 1.
     *
     * @param seed equal seeds give equal weights
     */
    public static VisionTransformer random(String name, VitSpec spec, long seed) {
        Key key = Key.of(seed, "backbone");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        VitLayout.shapes(spec).forEach((parameter, shape) -> {
            long size = shape.stream().reduce(1L, Math::multiplyExact);
            float[] values = new float[Math.toIntExact(size)];
            if (shape.size() > 1) {
                RandomGenerator random = key.at(parameter).stream();
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (0.02 * random.nextGaussian());
                }
            } else if (parameter.endsWith("norm.weight") || parameter.matches(".*norm\\d\\.weight")) {
                java.util.Arrays.fill(values, 1);
            }
            long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
            tensors.put(parameter, Tensors.own(Tensors.of(values, sizes)));
        });
        VisionTransformer vit = new VisionTransformer(name, spec, tensors, null);
        tensors.values().forEach(Tensors::release);
        return vit;
    }
}
