package dev.inlay.checkpoint.naming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.Container;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which network a file decides for, and what it says of a wrong one; headers alone are read. */
class BackboneWeightsTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "vit_tiny_patch16_224, vit_tiny_patch16_224",
        "deit_tiny_patch16_224, vit_tiny_patch16_224",
        "swin_tiny_patch4_window7_224, swin_tiny_patch4_window7_224",
        "convnext_tiny, convnext_tiny",
        "vit_small_patch16_dinov3, vit_small_patch16_dinov3"
    })
    void aFileDecidesItsVariant(String held, String decided) throws IOException {
        try (BackboneWeights weights = BackboneWeights.open(file(held))) {
            assertThat(weights.variant()).isEqualTo(decided);
        }
    }

    @Test
    void whereVariantsDifferTheSettingsDecideOrTheUser() throws IOException {
        Path file = file("vit_base_patch32_clip_224");
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            assertThatThrownBy(weights::variant)
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("backbone.name: missing, and " + file + " fits several that differ:"
                            + " vit_base_patch32_clip_224, vit_base_patch32_clip_quickgelu_224; say which it is");
        }
        Files.writeString(
                folder.resolve("config.json"), "{\"architecture\": \"vit_base_patch32_clip_quickgelu_224.openai\"}");
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            assertThat(weights.variant()).isEqualTo("vit_base_patch32_clip_quickgelu_224");
        }
    }

    @Test
    void aNetworkOfAnotherSizeNeedsASpec() throws IOException {
        Map<String, List<Long>> shapes = shapes("vit_tiny_patch16_224");
        shapes.keySet().removeIf(name -> name.startsWith("blocks.11."));
        Path file = Container.SAFETENSORS.write(folder, List.of(), shapes);
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            assertThatThrownBy(weights::variant)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(
                            "holds no published network but a ViT of embedDim 192, depth 11, patchSize 16")
                    .hasMessageEndingWith("give backbone.spec");
        }
    }

    @Test
    void aWrongFileIsNamed() throws IOException {
        Path file = file("vit_tiny_patch16_224");
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            BackboneSpec other = BackboneFamily.published().get("swin_tiny_patch4_window7_224");
            assertThatThrownBy(() -> weights.read("swin_tiny_patch4_window7_224", other))
                    .isInstanceOf(DataException.class)
                    .message()
                    .startsWith(file + ": expected swin_tiny_patch4_window7_224, found deit_tiny_patch16_224 or"
                            + " vit_tiny_patch16_224; ")
                    .endsWith("\nset backbone.name: deit_tiny_patch16_224, or give another file")
                    .hasLineCount(8);
        }
    }

    @Test
    void whichOfSeveralNetworksDiffersIsSaid() throws IOException {
        Map<String, List<Long>> both = new LinkedHashMap<>();
        shapes("vit_tiny_patch16_224").forEach((name, shape) -> both.put("student." + name, shape));
        shapes("convnext_tiny").forEach((name, shape) -> both.put("teacher." + name, shape));
        both.put("teacher.more", List.of(1L));
        Path file = Container.SAFETENSORS.write(folder, List.of(), both);
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            BackboneSpec spec = BackboneFamily.published().get("vit_tiny_patch16_224");
            assertThatThrownBy(() -> weights.read("vit_tiny_patch16_224", spec))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("expected vit_tiny_patch16_224, found a ConvNeXt of patchSize 4")
                    .hasMessageContaining(
                            "\nit holds 2 networks, below 'student.', 'teacher.'; took that below 'teacher.'\n");
        }
    }

    @Test
    void tensorsWithoutExplanationComeFirst() throws IOException {
        Path file = Container.SAFETENSORS.write(
                folder,
                List.of(),
                Map.of(
                        "conv_proj.weight",
                        List.of(2L),
                        "encoder.layers.encoder_layer_0.ln_1.weight",
                        List.of(2L),
                        "own",
                        List.of(1L)));
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            BackboneSpec spec = BackboneFamily.published().get("vit_tiny_patch16_224");
            assertThatThrownBy(() -> weights.read("vit_tiny_patch16_224", spec))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(
                            "found a network that Inlay does not know, in torchvision's ViT; 151 differences:\n"
                                    + "  - unexplained own [1]\n  - missing cls_token");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '!',
            value = {
                "{\"architecture\": \"vit_tiny_patch16_224\", \"global_pool\": \"avg\"} | {\"globalPool\": \"avg\"}",
                "{\"architecture\": \"vit_tiny_patch16_224\", \"global_pool\": \"token\"} | {}",
                "{\"architecture\": \"vit_tiny_patch16_224\", \"global_pool\": \"\"} | {}",
                "{\"architecture\": \"x\", \"model_args\": {\"global_pool\": \"avg\"}} | {\"globalPool\": \"avg\"}",
                "{\"architecture\": \"x\", \"model_args\": {\"norm_eps\": 1e-5}} | {\"eps\": 1e-5}"
            })
    void whatASpecLeavesOpenIsObeyedAndWhatItStatesMustAgree(String config, String obeyed) throws IOException {
        Path file = file("vit_tiny_patch16_224");
        Files.writeString(folder.resolve("config.json"), config);
        BackboneSpec spec = BackboneFamily.published().get("vit_tiny_patch16_224");
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            BackboneSpec completed = weights.complete(spec, Set.of());
            assertThat(SpecJson.write(completed))
                    .isEqualTo(SpecJson.write(spec).setAll((ObjectNode) new JsonMapper().readTree(obeyed)));
            assertThat(weights.complete(spec, Set.of("eps", "globalPool"))).isSameAs(spec);
            if (!obeyed.equals("{}")) {
                assertThatThrownBy(() -> weights.read("vit_tiny_patch16_224", spec))
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("config.json contradicts the backbone");
            }
        }
    }

    @Test
    void settingsThatAreNoJsonAreToldInWordsOfTheirText() throws IOException {
        Path file = file("vit_tiny_patch16_224");
        Path config = Files.writeString(folder.resolve("config.json"), "{\"architecture\": ");
        assertThatThrownBy(() -> BackboneWeights.open(file))
                .isInstanceOf(DataException.class)
                .hasMessage(config + ": expected JSON, found a fault: it ends too early at line 1, column 18");
    }

    @Test
    void theMeanIsPooledWhereTheLastNormComesBehindThePooling() throws IOException {
        Map<String, List<Long>> shapes = shapes("vit_tiny_patch16_224");
        shapes.put("fc_norm.weight", shapes.remove("norm.weight"));
        shapes.put("fc_norm.bias", shapes.remove("norm.bias"));
        Path file = Container.SAFETENSORS.write(folder, List.of(), shapes);
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            BackboneSpec spec = BackboneFamily.published().get("vit_tiny_patch16_224");
            assertThat(weights.complete(spec, Set.of()).toJson()).contains("\"globalPool\":\"avg\",\"fcNorm\":true");
            assertThat(weights.complete(spec, Set.of("globalPool"))).isSameAs(spec);
        }
    }

    @Test
    void aTaskIsUsedAsItWasTrainedWhateverTheSettingsSay() throws IOException {
        Path file = file("vit_tiny_patch16_224");
        Files.writeString(folder.resolve("config.json"), "{\"architecture\": \"x\", \"global_pool\": \"avg\"}");
        BackboneSpec spec = BackboneFamily.published().get("vit_tiny_patch16_224");
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            Map<String, Tensor> tensors = weights.readTrained("vit_tiny_patch16_224", spec);
            assertThat(tensors).hasSize(shapes("vit_tiny_patch16_224").size());
            tensors.values().forEach(Tensors::release);
        }
    }

    @Test
    void integersInPlaceOfWeightsAreRefused() throws IOException {
        List<TensorEntry> entries = new ArrayList<>();
        shapes("vit_tiny_patch16_224").forEach((name, shape) -> {
            long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
            int count = (int) shape.stream().reduce(1L, (a, b) -> a * b).longValue();
            entries.add(
                    name.equals("blocks.0.mlp.fc1.weight")
                            ? TensorEntry.longs(name, new long[count], sizes)
                            : TensorEntry.floats(name, new float[count], sizes));
        });
        Path file = folder.resolve("model.safetensors");
        SafeTensorsWriter.write(file, entries, Map.of());
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            BackboneSpec spec = BackboneFamily.published().get("vit_tiny_patch16_224");
            assertThat(weights.problems()).containsExactly("blocks.0.mlp.fc1.weight: I64");
            assertThatThrownBy(() -> weights.read("vit_tiny_patch16_224", spec))
                    .isInstanceOf(DataException.class)
                    .hasMessage(file + ": expected tensors of floating-point numbers, found 1 of another kind:"
                            + " blocks.0.mlp.fc1.weight: I64; save the weights as float32 anew");
        }
    }

    @ParameterizedTest
    @CsvSource({"100, 0", "50, 1"})
    void theRotationOfDinov3IsThatOfItsAuthors(double longest, int problems) throws IOException {
        float[] periods = new float[4];
        for (int i = 0; i < periods.length; i++) {
            periods[i] = (float) Math.pow(longest, i / 4.0);
        }
        Path file = folder.resolve("model.safetensors");
        List<TensorEntry> entries = new ArrayList<>(List.of(TensorEntry.floats("rope_embed.periods", periods, 4)));
        BackboneSpec spec = SpecJson.parse(
                """
                {"height": 32, "width": 32, "patch": 16, "dim": 16, "depth": 1, "heads": 1, "hidden": 8, "rope": true,
                "regTokens": 4, "layerScale": true, "qkvBias": "query_value"}""",
                "test");
        Layouts.DINOV3_AUTHORS
                .fromTimm(BackboneFamily.of(spec).shapes(spec))
                .shapes()
                .forEach((name, shape) -> {
                    long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
                    int count = (int) shape.stream().reduce(1L, (a, b) -> a * b).longValue();
                    entries.add(TensorEntry.floats(name, new float[count], sizes));
                });
        SafeTensorsWriter.write(file, entries, Map.of());
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            assertThat(weights.problems()).hasSize(problems);
            if (problems > 0) {
                assertThatThrownBy(() -> weights.read("made", spec))
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("rope_embed.periods: expected periods from 1 to below 100");
            }
        }
    }

    @Test
    void theCodeOfALayoutDecidesTheEpsilon() throws IOException {
        BackboneSpec spec = BackboneFamily.published().get("vit_tiny_patch16_224");
        Path file = Container.ZIP_PTH.write(
                folder,
                List.of(),
                Map.of(
                        "visual.conv1.weight",
                        List.of(2L),
                        "visual.class_embedding",
                        List.of(2L),
                        "visual.ln_pre.weight",
                        List.of(2L)));
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            assertThat(SpecJson.write(weights.complete(spec, Set.of()))
                            .get("eps")
                            .asDouble())
                    .isEqualTo(1e-5);
        }
        Files.writeString(
                folder.resolve("open_clip_config.json"),
                "{\"model_cfg\": {\"quick_gelu\": true, \"vision_cfg\": {\"norm_kwargs\": {\"eps\": 1e-6}}}}");
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            assertThat(weights.complete(spec, Set.of())).isEqualTo(spec);
        }
    }

    private Path file(String variant) throws IOException {
        return Container.SAFETENSORS.write(folder, List.of(), shapes(variant));
    }

    private static Map<String, List<Long>> shapes(String variant) {
        BackboneSpec spec = BackboneFamily.published().get(variant);
        return new LinkedHashMap<>(BackboneFamily.of(spec).expected(spec).parameters());
    }
}
