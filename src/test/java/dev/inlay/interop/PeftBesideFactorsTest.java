package dev.inlay.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.golden.Golden;
import dev.inlay.inputs.Backbones;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an adapter holds beside the factors of linear layers of the backbone. It gives the logits of the adapter that peft wrote, on
 * weights into which the rest was put by hand.
 */
class PeftBesideFactorsTest {
    private static final String IN = "base_model.model.";
    private static final String ADAPTER = "timm_adapter";
    private static final double SCALE = 5 / 3.0;

    @TempDir
    private Path folder;

    private Path adapter;
    private final Map<String, UnaryOperator<Tensor>> weights = new LinkedHashMap<>();

    @BeforeEach
    void copy() throws IOException {
        adapter = Files.createDirectory(folder.resolve("adapter"));
        Files.copy(
                PeftFolders.ROOT.resolve(ADAPTER).resolve("adapter_config.json"),
                adapter.resolve("adapter_config.json"));
        rewrite(tensors -> {});
    }

    @ParameterizedTest
    @ValueSource(strings = {"all", "lora_only"})
    void biasesAreImported(String bias) throws IOException {
        Tensor q = random(72);
        Tensor patches = random(24);
        config(json -> json.put("bias", bias));
        rewrite(tensors -> {
            tensors.put(IN + "blocks.0.attn.qkv.base_layer.bias", q);
            tensors.put(IN + "patch_embed.proj.bias", patches);
        });
        weights.put("blocks.0.attn.qkv.bias", old -> q);
        weights.put("patch_embed.proj.bias", old -> patches);
        assertEqualsPeftOnChangedWeights();
    }

    @Test
    void normsSavedWholeAreImported() throws IOException {
        Tensor scale = random(24);
        Tensor shift = random(24);
        rewrite(tensors -> {
            tensors.put(IN + "norm.weight", scale);
            tensors.put(IN + "blocks.1.norm1.bias", shift);
        });
        weights.put("norm.weight", old -> scale);
        weights.put("blocks.1.norm1.bias", old -> shift);
        assertEqualsPeftOnChangedWeights();
    }

    @Test
    void loraOnThePatchEmbeddingIsImported() throws IOException {
        Tensor a = random(3, 3, 8, 8);
        Tensor b = random(24, 3, 1, 1);
        config(json -> json.withArray("target_modules").add("patch_embed.proj"));
        rewrite(tensors -> {
            tensors.put(IN + "patch_embed.proj.lora_A.weight", a);
            tensors.put(IN + "patch_embed.proj.lora_B.weight", b);
        });
        weights.put(
                "patch_embed.proj.weight",
                old -> old.add(b.reshape(24, 3)
                        .matmul(a.reshape(3, 192))
                        .mul(new Scalar(SCALE))
                        .reshape(24, 3, 8, 8)));
        assertEqualsPeftOnChangedWeights();
    }

    /** The head of {@code timm_vit} is the one that the update is added to. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void loraOnTheHeadIsAddedToIt(boolean allLinear) throws IOException {
        Tensor a = random(3, 24);
        Tensor b = random(5, 3);
        Path merged = Files.createDirectory(folder.resolve("merged"));
        Files.copy(adapter.resolve("adapter_config.json"), merged.resolve("adapter_config.json"));
        Map<String, Tensor> base = tensors(PeftFolders.ROOT.resolve("timm_vit/model.safetensors"));
        write(merged, tensors -> {
            tensors.put(
                    IN + "head.weight", base.get("head.weight").add(b.matmul(a).mul(new Scalar(SCALE))));
            tensors.put(IN + "head.bias", base.get("head.bias"));
        });
        config(json -> {
            if (allLinear) {
                json.put("target_modules", "all-linear");
            } else {
                json.withArray("target_modules").add("head");
            }
        });
        rewrite(tensors -> {
            tensors.remove(IN + "head.weight");
            tensors.remove(IN + "head.bias");
            tensors.put(IN + "head.lora_A.weight", a);
            tensors.put(IN + "head.lora_B.weight", b);
        });
        try (Backbone backbone = PeftFolders.backbone(ADAPTER)) {
            assertClose(logits(adapter, backbone), logits(merged, backbone));
        }
        base.values().forEach(Tensors::release);
    }

    @Test
    void aBackboneInsideAnotherNetworkIsFound() throws IOException {
        rewrite(tensors -> {
            Map<String, Tensor> inside = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> inside.put(name.replace(IN, IN + "model.encoder."), tensor));
            tensors.clear();
            tensors.putAll(inside);
        });
        assertEqualsPeftOnChangedWeights();
    }

    @Test
    void settingsThatLeaveOtherModulesOutChangeNothing() throws IOException {
        config(json -> json.putArray("exclude_modules").add("patch_embed.proj").add("mlp.fc1"));
        assertEqualsPeftOnChangedWeights();
    }

    private void assertEqualsPeftOnChangedWeights() throws IOException {
        float[] imported;
        try (Backbone backbone = PeftFolders.backbone(ADAPTER)) {
            imported = logits(adapter, backbone);
        }
        Path changed = folder.resolve("changed.safetensors");
        Map<String, Tensor> base = tensors(PeftFolders.ROOT.resolve("timm_vit/model.safetensors"));
        try (PointerScope scope = new PointerScope()) {
            List<TensorEntry> entries = new ArrayList<>();
            base.forEach((name, tensor) -> entries.add(StoredTensors.entry(
                    name, weights.getOrDefault(name, UnaryOperator.identity()).apply(tensor))));
            SafeTensorsWriter.write(changed, entries, Map.of());
        }
        base.values().forEach(Tensors::release);
        String spec = Golden.json("peft_lora/meta.json").get("spec_timm").toString();
        try (Backbone backbone = Backbones.load("custom", SpecJson.parse(spec, "timm"), changed)) {
            float[] expected = logits(PeftFolders.ROOT.resolve(ADAPTER), backbone);
            assertClose(imported, expected);
            if (!weights.isEmpty()) {
                assertThat(expected).isNotEqualTo(PeftFolders.expected("timm_adapter.logits"));
            }
        }
    }

    private static void assertClose(float[] actual, float[] expected) {
        Golden.assertClose(
                "logits", actual, expected, Golden.json("peft_lora/meta.json").get("tolerance"));
    }

    private float[] logits(Path from, Backbone backbone) {
        Path task = folder.resolve("task.safetensors");
        PeftFolders.write(from, backbone, task);
        return PeftFolders.logits(task, backbone);
    }

    private void config(Consumer<ObjectNode> change) throws IOException {
        Path file = adapter.resolve("adapter_config.json");
        ObjectNode json = (ObjectNode) PeftJson.read(file);
        change.accept(json);
        Files.writeString(file, json.toString());
    }

    private void rewrite(Consumer<Map<String, Tensor>> change) {
        write(adapter, change);
    }

    private static void write(Path to, Consumer<Map<String, Tensor>> change) {
        Map<String, Tensor> tensors = tensors(PeftFolders.ROOT.resolve(ADAPTER).resolve("adapter_model.safetensors"));
        change.accept(tensors);
        List<TensorEntry> entries = new ArrayList<>();
        tensors.forEach((name, tensor) -> entries.add(StoredTensors.entry(name, tensor)));
        SafeTensorsWriter.write(to.resolve("adapter_model.safetensors"), entries, Map.of());
    }

    private static Map<String, Tensor> tensors(Path file) {
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            return new LinkedHashMap<>(StoredTensors.readAll(stored));
        }
    }

    private static Tensor random(long... shape) {
        return torch.randn(shape);
    }
}
