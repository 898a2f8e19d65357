package dev.inlay.interop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.ConfigException;
import dev.inlay.file.AtomicFolder;
import dev.inlay.onnx.OnnxFile;
import dev.inlay.onnx.OnnxGraph;
import dev.inlay.onnx.OnnxGraph.Value;
import dev.inlay.onnx.OnnxGraph.ValueMap;
import dev.inlay.task.ModelCard;
import dev.inlay.task.Task;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Tasks as whole networks of ONNX, from {@code images} (N, 3, H, W), float32 and normalised, to {@code logits} (N, classes), or
 * (N, classes, H, W) of a task of masks.
 */
public final class OnnxExport {
    private static final String LOGITS = "logits";
    private static final JsonMapper JSON = new JsonMapper();

    private OnnxExport() {}

    /**
     * Makes a folder of {@code model.onnx}, {@code README.md} and, if the first would exceed 2 GiB, {@code model.onnx.data}.
     *
     * @param task whose method can be merged into the weights
     * @param backbone the task's
     * @param out the folder; nothing is there yet
     * @return what a person should know
     * @throws ConfigException listing what cannot be merged; or if {@code out} holds anything
     * @throws dev.inlay.error.DataException if the task is of another backbone
     */
    public static List<String> write(Task task, Backbone backbone, Path out) {
        AtomicFolder.requireFree(out);
        Map<String, String> metadata = metadata(task, backbone);
        try (PointerScope scope = new PointerScope();
                MergedWeights merged = MergedWeights.of(task, backbone)) {
            OnnxGraph graph = task.info().labels().kind() == LabelSpace.Kind.MASKS
                    ? ofMasks(task, backbone, merged.tensors())
                    : ofFeatures(task, backbone, merged.tensors());
            AtomicFolder.write(out, folder -> {
                OnnxFile.write(folder.resolve("model.onnx"), graph, metadata);
                ModelCard.write(task, ModelCard.Library.ONNX, folder);
            });
        }
        return metadata.containsKey("transform")
                ? List.of()
                : List.of("the task knows no transform for images, so model.onnx has neither mean nor std");
    }

    private static OnnxGraph ofFeatures(Task task, Backbone backbone, Map<String, Tensor> merged) {
        OnnxGraph graph = new OnnxGraph(merged);
        BackboneFamily family = BackboneFamily.of(backbone.spec());
        Value features = family.features(backbone.spec(), graph, images(graph, backbone));
        Value logits = graph.linear(features, family.headNames(backbone.spec()).get(0));
        graph.output(LOGITS, logits, task.info().classNames().size());
        return graph;
    }

    private static OnnxGraph ofMasks(Task task, Backbone backbone, Map<String, Tensor> merged) {
        MaskLayers layers = MaskLayers.of(task);
        Map<String, Tensor> tensors = new LinkedHashMap<>(merged);
        tensors.putAll(layers.tensors());
        OnnxGraph graph = new OnnxGraph(tensors);
        ValueMap map = BackboneFamily.of(backbone.spec()).map(backbone.spec(), graph, images(graph, backbone));
        ValueMap logits = layers.add(graph, map, backbone.height(), backbone.width());
        graph.output(LOGITS, logits.value(), logits.channels(), logits.height(), logits.width());
        return graph;
    }

    private static Value images(OnnxGraph graph, Backbone backbone) {
        return graph.input("images", 3, backbone.height(), backbone.width());
    }

    /** timm's keys where it has them, and the task's own transform. */
    private static Map<String, String> metadata(Task task, Backbone backbone) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("label_names", json(task.info().classNames()));
        metadata.put("input_size", json(List.of(3, backbone.height(), backbone.width())));
        task.info().transform().ifPresent(transform -> {
            metadata.put("mean", json(transform.normalization().mean()));
            metadata.put("std", json(transform.normalization().std()));
            metadata.put("transform", json(transform));
        });
        if (task.info().labels().kind() != LabelSpace.Kind.SINGLE) {
            metadata.put("labels", task.info().labels().kind().toString());
        }
        if (task.info().labels() instanceof LabelSpace.ClassSet set) {
            metadata.put("thresholds", json(set.thresholds()));
        }
        if (task.info().temperature() != 1) {
            metadata.put("temperature", Double.toString(task.info().temperature()));
        }
        return metadata;
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
