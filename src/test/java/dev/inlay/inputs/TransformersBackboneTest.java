package dev.inlay.inputs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.naming.BackboneWeights;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.config.BackboneConfig;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Backbones from folders that transformers and timm wrote. */
class TransformersBackboneTest {
    private static final String SPEC = "peft_lora/meta.json";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"hf_vit, spec_hf, hf.base.logits", "timm_vit, spec_timm, timm.base.logits"})
    void logitsAreTheirs(String name, String spec, String expected) throws IOException {
        assertLogits(
                Golden.path("peft_lora/" + name), Golden.json(SPEC).get(spec).toString(), expected);
    }

    @Test
    void shardsGiveTheSameLogits() throws IOException {
        StringBuilder map = new StringBuilder();
        try (SafeTensorsFile whole = SafeTensorsFile.open(Golden.path("peft_lora/hf_vit/model.safetensors"))) {
            Map<String, Tensor> tensors = StoredTensors.readAll(whole);
            for (int part = 0; part < 2; part++) {
                int which = part;
                String file = "model-" + part + ".safetensors";
                List<String> names = tensors.keySet().stream()
                        .filter(name -> (name.hashCode() & 1) == which)
                        .toList();
                SafeTensorsWriter.write(
                        folder.resolve(file),
                        names.stream()
                                .map(name -> StoredTensors.entry(name, tensors.get(name)))
                                .toList(),
                        Map.of());
                names.forEach(name -> map.append(", \"" + name + "\": \"" + file + "\""));
            }
            tensors.values().forEach(Tensors::release);
        }
        Files.writeString(
                folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {" + map.substring(2) + "}}");
        assertLogits(folder, Golden.json(SPEC).get("spec_hf").toString(), "hf.base.logits");
    }

    private void assertLogits(Path file, String spec, String expected) throws IOException {
        Map<String, Tensor> golden = Golden.tensors("peft_lora/expected.safetensors");
        try (PointerScope scope = new PointerScope();
                Backbone vit = load(file, spec)) {
            Classifier head = vit.checkpointHead().orElseThrow();
            Tensor logits = torch.linear(
                    vit.features(golden.get("images"), Pass.BARE),
                    Tensors.of(head.weight(), 5, 24),
                    Tensors.optional(Tensors.of(head.bias(), 5)));
            Golden.assertClose(
                    expected, logits, golden.get(expected), Golden.json(SPEC).get("tolerance"));
        }
    }

    @Test
    void settingsThatContradictTheBackboneAreListed() {
        String timm = Golden.json(SPEC).get("spec_timm").toString().replace("\"heads\":3", "\"heads\":4");
        assertThatThrownBy(() -> load(Golden.path("peft_lora/hf_vit"), timm))
                .isInstanceOf(DataException.class)
                .hasMessage(Golden.path("peft_lora/hf_vit/config.json") + " contradicts the backbone:\n"
                        + "  - layer_norm_eps: 1.0E-12, the backbone has eps 1.0E-6\n"
                        + "  - num_attention_heads: 3, the backbone has heads 4\n"
                        + "choose the variant or spec that the weights were made for");
    }

    @Test
    void anotherActivationIsRefused() throws IOException {
        copy("\"gelu\"", "\"quick_gelu\"");
        assertThatThrownBy(() -> load(folder, Golden.json(SPEC).get("spec_hf").toString()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("hidden_act: quick_gelu, the backbone has gelu");
    }

    @Test
    void whatASpecLeavesOpenIsTheSettings() {
        var timm = SpecJson.parse(Golden.json(SPEC).get("spec_timm").toString(), "spec");
        var hf = SpecJson.parse(Golden.json(SPEC).get("spec_hf").toString(), "spec");
        try (BackboneWeights weights = BackboneWeights.open(Golden.path("peft_lora/hf_vit"))) {
            assertThat(weights.complete(timm, Set.of("height"))).isEqualTo(hf);
            assertThat(weights.complete(timm, Set.of("eps"))).isSameAs(timm);
        }
        try (BackboneWeights weights = BackboneWeights.open(Golden.path("peft_lora/timm_vit"))) {
            assertThat(weights.complete(timm, Set.of())).isSameAs(timm);
        }
    }

    @Test
    void positionsAreResizedAsOfAStateDict() throws IOException {
        String wide = Golden.json(SPEC).get("spec_hf").toString().replace("\"width\":24", "\"width\":32");
        try (Backbone small = load(
                        Golden.path("peft_lora/hf_vit"),
                        Golden.json(SPEC).get("spec_hf").toString());
                Backbone vit = load(Golden.path("peft_lora/hf_vit"), wide)) {
            float[] table = Tensors.floats(vit.parameters().get("pos_embed"));
            assertThat(table).hasSize(13 * 24);
            assertThat(table)
                    .startsWith(Arrays.copyOf(Tensors.floats(small.parameters().get("pos_embed")), 24));
        }
    }

    @Test
    void ofADistilledDeitTheSecondTokenIsDroppedWhereTheNetworkHasNone() throws IOException {
        float[] positions = new float[6 * 4];
        for (int row = 0; row < 6; row++) {
            Arrays.fill(positions, 4 * row, 4 * row + 4, row);
        }
        Path file = deit(positions);
        try (Backbone vit = load(file, DEIT)) {
            assertThat(vit.parameters()).doesNotContainKey("dist_token");
            assertThat(Tensors.floats(vit.parameters().get("pos_embed")))
                    .containsExactly(0, 0, 0, 0, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5);
        }
    }

    @Test
    void aTableThatFillsNoSquareIsExplained() throws IOException {
        Path file = deit(new float[9 * 4]);
        assertThatThrownBy(() -> load(file, DEIT))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": pos_embed: expected 5 rows (1 and 2 × 2 patches), or 1 and the cells of a square,"
                        + " found 8 rows; choose the variant or spec that the weights were made for");
    }

    private static final String DEIT =
            """
            {"height": 4, "width": 4, "patch": 2, "dim": 4, "depth": 1, "heads": 2, "hidden": 8}""";

    /** A distilled DeiT of random-looking weights whose position table is {@code positions}, (1, n, 4). */
    private Path deit(float[] positions) {
        Path file = folder.resolve("deit.safetensors");
        SafeTensorsWriter.write(
                file,
                List.of(
                        filled("cls_token", 1, 1, 4),
                        filled("dist_token", 1, 1, 4),
                        TensorEntry.floats("pos_embed", positions, 1, positions.length / 4, 4),
                        filled("patch_embed.proj.weight", 4, 3, 2, 2),
                        filled("patch_embed.proj.bias", 4),
                        filled("blocks.0.norm1.weight", 4),
                        filled("blocks.0.norm1.bias", 4),
                        filled("blocks.0.attn.qkv.weight", 12, 4),
                        filled("blocks.0.attn.qkv.bias", 12),
                        filled("blocks.0.attn.proj.weight", 4, 4),
                        filled("blocks.0.attn.proj.bias", 4),
                        filled("blocks.0.norm2.weight", 4),
                        filled("blocks.0.norm2.bias", 4),
                        filled("blocks.0.mlp.fc1.weight", 8, 4),
                        filled("blocks.0.mlp.fc1.bias", 8),
                        filled("blocks.0.mlp.fc2.weight", 4, 8),
                        filled("blocks.0.mlp.fc2.bias", 4),
                        filled("norm.weight", 4),
                        filled("norm.bias", 4),
                        filled("head.weight", 3, 4),
                        filled("head.bias", 3),
                        filled("head_dist.weight", 3, 4),
                        filled("head_dist.bias", 3)),
                Map.of());
        return file;
    }

    private static TensorEntry filled(String name, long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        Arrays.fill(values, 0.5f);
        return TensorEntry.floats(name, values, shape);
    }

    private Backbone load(Path file, String spec) throws IOException {
        Path json = Files.writeString(folder.resolve("spec.json"), spec);
        return Backbones.load(
                new BackboneConfig(BackboneConfig.CUSTOM, Optional.of(file), Optional.of(json), false, 0), 0);
    }

    private void copy(String setting, String other) throws IOException {
        Path from = Golden.path("peft_lora/hf_vit");
        Files.copy(from.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        Files.writeString(
                folder.resolve("config.json"),
                Files.readString(from.resolve("config.json")).replace(setting, other));
    }
}
