package dev.inlay.backbone.swin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.RecognisedShapes;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.inputs.Backbones;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints of Swin Transformers: whose names they may have, what is refused, what shapes tell. */
class SwinLoaderTest {
    private static Backbone load(Map<String, Tensor> tensors) {
        return new SwinFamily().load("test", Golden.swinSpec("swin_padded"), tensors, "file");
    }

    /** As the original code and timm before 0.9 name them. */
    private static Map<String, Tensor> original() {
        Map<String, Tensor> original = new LinkedHashMap<>();
        Golden.tensors("swin_padded/weights.safetensors")
                .forEach((name, value) -> original.put(
                        name.replace("layers.1.downsample", "layers.0.downsample")
                                .replace("layers.2.downsample", "layers.1.downsample")
                                .replace("head.fc.", "head."),
                        value));
        original.put("layers.0.blocks.0.attn.relative_position_index", torch.zeros(16, 16));
        original.put("layers.0.blocks.1.attn_mask", torch.zeros(6, 16, 16));
        return original;
    }

    @Test
    void theOriginalNamesAreTakenAsTimms(@TempDir Path folder) {
        Path file = folder.resolve("original.safetensors");
        try (PointerScope scope = new PointerScope()) {
            SafeTensorsWriter.write(
                    file,
                    original().entrySet().stream()
                            .map(entry -> StoredTensors.entry(entry.getKey(), entry.getValue()))
                            .toList(),
                    Map.of());
        }
        try (Backbone timm = Golden.swin("swin_padded");
                Backbone original = Backbones.load("test", Golden.swinSpec("swin_padded"), file)) {
            assertThat(original.fingerprint()).isEqualTo(timm.fingerprint());
            assertThat(original.checkpointHead().orElseThrow().weight())
                    .containsExactly(timm.checkpointHead().orElseThrow().weight());
        }
    }

    @Test
    void aHeadMayBeMissing() {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = Golden.tensors("swin_padded/weights.safetensors");
            tensors.keySet().removeIf(name -> name.startsWith("head."));
            try (Backbone swin = load(tensors)) {
                assertThat(swin.checkpointHead()).isEmpty();
            }
        }
    }

    @Test
    void whatDiffersIsListed() {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = Golden.tensors("swin_padded/weights.safetensors");
            tensors.put("absolute_pos_embed", torch.zeros(1, 60, 8));
            tensors.put("norm.weight", torch.zeros(3));
            tensors.remove("layers.1.downsample.norm.bias");
            assertThatThrownBy(() -> load(tensors))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("(3 tensors differ)")
                    .hasMessageContaining("unexpected absolute_pos_embed [1, 60, 8]")
                    .hasMessageContaining("norm.weight: expected [32], found [3]")
                    .hasMessageContaining("missing layers.1.downsample.norm.bias [32]");
        }
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = Golden.tensors("swin_padded/weights.safetensors");
            tensors.put("norm.bias", tensors.get("norm.bias").div(Tensors.of(new float[] {0}, 1)));
            assertThatThrownBy(() -> load(tensors))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("norm.bias")
                    .hasMessageContaining("damaged");
        }
    }

    @Test
    void randomWeightsAreOfTheSeed() {
        SwinSpec spec = (SwinSpec) Golden.swinSpec("swin");
        try (Backbone first = new SwinFamily().random("a", spec, 1);
                Backbone again = new SwinFamily().random("b", spec, 1);
                Backbone other = new SwinFamily().random("c", spec, 2)) {
            assertThat(again.fingerprint()).isEqualTo(first.fingerprint()).isNotEqualTo(other.fingerprint());
            Tensor table = first.parameters().get("layers.0.blocks.1.attn.relative_position_bias_table");
            assertThat(table.std().item_double()).isBetween(0.015, 0.025);
        }
    }

    /** The weights were made for windows of 4 × 4 tokens and square images. */
    @Test
    void positionBiasesAreResizedForAnotherWindowAsInTimm() {
        Map<String, Tensor> expected = Golden.tensors("swin_bias/tables.safetensors");
        BackboneSpec spec = Golden.swinSpec("swin_bias");
        try (PointerScope scope = new PointerScope();
                Backbone swin = Backbones.load("test", spec, Golden.path("swin/weights.safetensors"))) {
            Classifier head = swin.checkpointHead().orElseThrow();
            Tensor weight = Tensors.of(head.weight(), head.classes(), swin.embedDim());
            Tensor features = swin.features(expected.get("images"), Pass.BARE);
            Tensor logits = torch.linear(features, weight, Tensors.optional(Tensors.of(head.bias(), head.classes())));
            Golden.assertClose(
                    "logits",
                    logits,
                    expected.get("logits"),
                    Golden.json("swin_bias/meta.json").get("tolerance"));
        }
    }

    private static Map<String, List<Long>> shapes(SwinSpec spec) {
        return new LinkedHashMap<>(SwinLayout.of(spec).shapes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"swin_tiny_patch4_window7_224", "swin_large_patch4_window12_384"})
    void shapesTellThePublishedVariant(String name) {
        Map<String, List<Long>> shapes = shapes(SwinVariants.all().get(name));
        shapes.put("head.fc.weight", List.of(7L, SwinVariants.all().get(name).embedDim() + 0L));
        shapes.put("head.fc.bias", List.of(7L));
        Optional<RecognisedShapes> found = new SwinFamily().recognise(shapes);
        assertThat(found.orElseThrow().variants()).containsExactly(name);
        assertThat(found.orElseThrow().differences()).isEmpty();
        assertThat(found.orElseThrow().facts().get("headClasses").asInt()).isEqualTo(7);
        assertThat(BackboneFamily.named("vit").recognise(shapes)).isEmpty();
    }

    @Test
    void shapesOfAnotherBackboneAreNotRecognised() {
        Map<String, List<Long>> shapes = shapes(SwinVariants.all().get("swin_tiny_patch4_window7_224"));
        shapes.put("layers.0.blocks.0.attn.relative_position_bias_table", List.of(168L, 3L));
        assertThat(new SwinFamily().recognise(shapes)).isEmpty();
        assertThat(new SwinFamily().recognise(Map.of("patch_embed.proj.weight", List.of(8L, 3L, 4L, 4L))))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"window\":0|window: must be at least 1, found 0",
                "\"depths\":[2,2,2]|depths and heads: expected one number each",
                "\"heads\":[2,3]|heads: 3 does not divide the width 32 of stage 1",
                "\"height\":30|patch: 4 does not divide the image of 30 × 32",
                "\"depths\":[2,2,2,2,2],\"heads\":[1,1,1,1,1]|too few patches for stage 4",
                "\"height\":136,\"depths\":[2,2,2],\"heads\":[1,1,1]|stage 2 has 9 × 2 tokens"
            })
    void aSpecThatFitsNothingSaysWhy(String part, String problem) {
        String fitting = "\"family\":\"swin\",\"height\":32,\"width\":32,\"patch\":4,\"dim\":16,\"depths\":[2,2],"
                + "\"heads\":[2,4],\"window\":4,\"ratio\":2";
        assertThat(SpecJson.parse("{" + fitting + "}", "test")).isInstanceOf(SwinSpec.class);
        // the last of equal keys counts
        String text = "{" + fitting + "," + part + "}";
        assertThatThrownBy(() -> SpecJson.parse(text, "test"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(problem);
    }
}
