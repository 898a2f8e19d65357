package dev.inlay.backbone.vit;

import dev.inlay.backbone.Classifier;
import dev.inlay.error.DataException;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bytedeco.pytorch.Tensor;

/** Makes Vision Transformers from named tensors, strictly, or from a seed. */
public final class VitLoader {
    private static final String HEAD_WEIGHT = "head.weight";
    private static final String HEAD_BIAS = "head.bias";

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
        Map<String, List<Long>> expected = VitLayout.shapes(spec);
        List<String> problems = new ArrayList<>();
        expected.forEach((key, shape) -> {
            Tensor found = tensors.get(key);
            if (found == null) {
                problems.add("missing " + key + " " + shape);
            } else if (!Tensors.shapeOf(found).equals(shape)) {
                problems.add(key + ": expected " + shape + ", found " + Tensors.shapeOf(found));
            }
        });
        for (String key : tensors.keySet()) {
            if (!expected.containsKey(key) && !key.equals(HEAD_WEIGHT) && !key.equals(HEAD_BIAS)) {
                problems.add("unexpected " + key + " " + Tensors.shapeOf(tensors.get(key)));
            }
        }
        Classifier head = head(spec, tensors, problems);
        if (!problems.isEmpty()) {
            throw new DataException(source + " does not hold a " + name + " (" + problems.size()
                    + (problems.size() == 1 ? " tensor differs" : " tensors differ") + "):\n  - "
                    + String.join("\n  - ", problems) + "\nchoose the variant or spec that the weights were made for");
        }
        return new VisionTransformer(name, spec, tensors, head);
    }

    private static Classifier head(VitSpec spec, Map<String, Tensor> tensors, List<String> problems) {
        Tensor weight = tensors.get(HEAD_WEIGHT);
        Tensor bias = tensors.get(HEAD_BIAS);
        if (weight == null && bias == null) {
            return null;
        }
        if (weight == null || bias == null) {
            problems.add("head: " + HEAD_WEIGHT + " and " + HEAD_BIAS + " come together, one is missing");
            return null;
        }
        List<Long> shape = Tensors.shapeOf(weight);
        if (shape.size() != 2
                || shape.get(1) != spec.embedDim()
                || !Tensors.shapeOf(bias).equals(List.of(shape.get(0)))) {
            problems.add("head: expected (C, " + spec.embedDim() + ") and (C), found " + shape + " and "
                    + Tensors.shapeOf(bias));
            return null;
        }
        return new Classifier(Tensors.floats(weight), Tensors.floats(bias));
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
