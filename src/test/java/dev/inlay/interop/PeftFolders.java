package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.golden.Golden;
import dev.inlay.inputs.Backbones;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Adapters that peft wrote, and what they compute. */
final class PeftFolders {
    static final Path ROOT = Golden.path("peft_lora");

    private PeftFolders() {}

    /** The ViT under an adapter: of transformers or of timm. */
    static Backbone backbone(String adapter) {
        String kind = adapter.startsWith("hf") ? "hf" : "timm";
        String spec = Golden.json("peft_lora/meta.json").get("spec_" + kind).toString();
        return Backbones.load("custom", SpecJson.parse(spec, kind), ROOT.resolve(kind + "_vit"));
    }

    static List<String> write(Path folder, Backbone backbone, Path out) {
        return PeftImport.write(folder, backbone, Optional.empty(), Optional.empty(), out);
    }

    /** The logits of the golden images. */
    static float[] logits(Path task, Backbone backbone) {
        Map<String, Tensor> expected = Golden.tensors("peft_lora/expected.safetensors");
        try (PointerScope scope = new PointerScope();
                TunedModel model = TunedModel.open(task, backbone)) {
            return Tensors.floats(model.logits(expected.get("images")));
        } finally {
            expected.values().forEach(Tensors::release);
        }
    }

    static float[] expected(String name) {
        Map<String, Tensor> expected = Golden.tensors("peft_lora/expected.safetensors");
        try {
            return Tensors.floats(expected.get(name));
        } finally {
            expected.values().forEach(Tensors::release);
        }
    }

    /** Name to elements of every tensor of a file. */
    static Map<String, List<Float>> elements(Path file) {
        Map<String, List<Float>> elements = new TreeMap<>();
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            Map<String, Tensor> tensors = StoredTensors.readAll(stored);
            tensors.forEach(
                    (name, tensor) -> elements.put(name + stored.info(name).shape(), list(tensor)));
            tensors.values().forEach(Tensors::release);
        }
        return elements;
    }

    static Map<String, List<Float>> trainables(Path task) {
        Map<String, List<Float>> elements = new LinkedHashMap<>();
        try (Task read = TaskFile.read(task)) {
            read.trainables().forEach((name, tensor) -> elements.put(name, list(tensor)));
        }
        return elements;
    }

    private static List<Float> list(Tensor tensor) {
        float[] values = Tensors.floats(tensor);
        List<Float> list = new ArrayList<>();
        for (float value : values) {
            list.add(value);
        }
        return list;
    }
}
