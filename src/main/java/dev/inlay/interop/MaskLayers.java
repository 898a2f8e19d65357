package dev.inlay.interop;

import dev.inlay.onnx.OnnxGraph;
import dev.inlay.onnx.OnnxGraph.ValueMap;
import dev.inlay.task.Task;
import dev.inlay.tuning.BatchNorm;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.MaskHead;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A {@link MaskHead} as convolutions, each with the batch normalisation beside it folded in. */
final class MaskLayers {
    private static final String LAST = "maskHead.last";

    private final Map<String, Tensor> trained;
    private final int steps;

    private MaskLayers(Map<String, Tensor> trained) {
        this.trained = trained;
        int found = 0;
        while (trained.containsKey(step(found) + ".conv.weight")) {
            found++;
        }
        this.steps = found;
    }

    /** Those of a task of masks. */
    static MaskLayers of(Task task) {
        return new MaskLayers(task.trainables());
    }

    private static String step(int i) {
        return MaskHead.METHOD + "." + i;
    }

    private BatchNorm norm(String name) {
        return new BatchNorm(
                trained.get(name + ".weight"),
                trained.get(name + ".bias"),
                trained.get(name + ".mean"),
                trained.get(name + ".variance"));
    }

    /** Filters and biases by the names that {@link #add} takes; in the caller's scope. */
    Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < steps; i++) {
            BatchNorm norm = norm(step(i) + ".norm");
            Tensor filters = trained.get(step(i) + ".conv.weight");
            tensors.put(step(i) + ".weight", filters.mul(norm.scale().view(-1, 1, 1, 1)));
            tensors.put(step(i) + ".bias", norm.shift());
        }
        Tensor weight = trained.get(Tuning.HEAD_WEIGHT);
        Tensor bias = trained.get(Tuning.HEAD_BIAS);
        if (steps == 0) {
            BatchNorm norm = norm(MaskHead.METHOD + ".norm");
            bias = bias.add(weight.matmul(norm.shift()));
            weight = weight.mul(norm.scale());
        }
        tensors.put(LAST + ".weight", weight.unsqueeze(-1).unsqueeze(-1).contiguous());
        tensors.put(LAST + ".bias", bias);
        return tensors;
    }

    /**
     * Adds what the head computes.
     *
     * @param graph over {@link #tensors}
     * @param map of the backbone
     * @param height of the logits
     * @param width of the logits
     */
    ValueMap add(OnnxGraph graph, ValueMap map, int height, int width) {
        ValueMap x = map;
        for (int i = 0; i < steps; i++) {
            x = convolved(graph, x, step(i), 1);
            x = new ValueMap(graph.relu(x.value()), x.channels(), x.height(), x.width());
            x = graph.resized(x, 2 * x.height(), 2 * x.width());
        }
        return graph.resized(convolved(graph, x, LAST, 0), height, width);
    }

    private static ValueMap convolved(OnnxGraph graph, ValueMap x, String name, int padding) {
        long channels = graph.tensor(name + ".weight").size(0);
        return new ValueMap(graph.convolution(x.value(), name, 1, padding, 1), channels, x.height(), x.width());
    }
}
