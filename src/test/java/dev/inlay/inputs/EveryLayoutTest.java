package dev.inlay.inputs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.naming.CheckpointLayout;
import dev.inlay.checkpoint.naming.Layouts;
import dev.inlay.checkpoint.naming.Translation;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.config.BackboneConfig;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A backbone written under others' names, with the settings of transformers beside it, computes what it computed. */
class EveryLayoutTest {
    private static final String VIT =
            "\"height\": 32, \"width\": 32, \"patch\": 8, \"dim\": 24, \"depth\": 2, \"heads\": 2, \"hidden\": 32";
    private static final String DINOV3 =
            VIT + ", \"layerScale\": true, \"regTokens\": 4, \"rope\": true, \"eps\": 1e-5, \"globalPool\": \"avg\"";
    private static final String DINOV2 = VIT + ", \"layerScale\": true";

    @TempDir
    private Path folder;

    static Stream<Arguments> layouts() {
        String vit = "\"model_type\": \"test\", \"num_attention_heads\": 2, \"layer_norm_eps\": 1e-6";
        String dinov3 = "\"model_type\": \"dinov3_vit\", \"num_attention_heads\": 2, \"layer_norm_eps\": 1e-5";
        String gelu = vit + ", \"hidden_act\": \"gelu\"";
        return Stream.of(
                Arguments.of(Layouts.VIT, VIT, gelu),
                Arguments.of(Layouts.VIT_5, VIT, gelu),
                Arguments.of(Layouts.DEIT, VIT + ", \"distilled\": true", gelu),
                Arguments.of(Layouts.DINOV2, DINOV2, gelu),
                Arguments.of(
                        Layouts.DINOV2_SWIGLU, DINOV2 + ", \"mlp\": \"swiglu\"", gelu + ", \"use_swiglu_ffn\": true"),
                Arguments.of(
                        Layouts.DINOV2_REGISTERS,
                        DINOV2 + ", \"regTokens\": 4, \"noEmbedClass\": true",
                        gelu + ", \"num_register_tokens\": 4"),
                Arguments.of(
                        Layouts.DINOV3,
                        DINOV3 + ", \"qkvBias\": \"query_value\"",
                        dinov3 + ", \"hidden_act\": \"gelu\", \"use_gated_mlp\": false, \"rope_theta\": 100.0"),
                Arguments.of(
                        Layouts.DINOV3_SWIGLU,
                        DINOV3 + ", \"qkvBias\": \"none\", \"mlp\": \"swiglu_split\"",
                        dinov3 + ", \"hidden_act\": \"silu\", \"use_gated_mlp\": true"),
                Arguments.of(Layouts.DINOV3_AUTHORS, DINOV3 + ", \"qkvBias\": \"query_value\"", gelu),
                Arguments.of(
                        Layouts.DINOV3_SWIGLU_AUTHORS,
                        DINOV3 + ", \"qkvBias\": \"none\", \"mlp\": \"swiglu_split\"",
                        gelu),
                Arguments.of(
                        Layouts.CLIP,
                        VIT + ", \"preNorm\": true, \"mlp\": \"quick_gelu\"",
                        vit + ", \"hidden_act\": \"quick_gelu\""),
                Arguments.of(
                        Layouts.SWIN,
                        """
                        "family": "swin", "height": 32, "width": 32, "patch": 4, "dim": 8, "depths": [2, 2],
                        "heads": [1, 2], "window": 4, "ratio": 2""",
                        "\"model_type\": \"swin\", \"hidden_act\": \"gelu\""),
                Arguments.of(
                        Layouts.CONVNEXT,
                        """
                        "family": "convnext", "height": 32, "width": 32, "patch": 4, "depths": [1, 2, 1],
                        "dims": [8, 12, 16], "headEps": 1e-12""",
                        "\"model_type\": \"convnext\", \"hidden_act\": \"gelu\", \"layer_norm_eps\": 1e-12"));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void computesWhatItComputed(CheckpointLayout layout, String json, String settings) throws IOException {
        BackboneSpec spec = SpecJson.parse("{" + json + "}", "test");
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone made = BackboneFamily.of(spec).random("made", spec, 3)) {
            write(made, layout, settings);
            try (Backbone loaded = load(json)) {
                assertThat(loaded.fingerprint()).isEqualTo(made.fingerprint());
                Tensor images = torch.randn(2, 3, 32, 32);
                assertThat(Tensors.floats(loaded.features(images, Pass.BARE)))
                        .isEqualTo(Tensors.floats(made.features(images, Pass.BARE)));
            }
        }
    }

    @Test
    void aConvNeXtsLastNormHasTheEpsilonOfTheSettingsAndNoOtherNormHas() throws IOException {
        String open =
                """
                "family": "convnext", "height": 32, "width": 32, "patch": 4, "depths": [1, 1], "dims": [8, 12]""";
        BackboneSpec spec = SpecJson.parse("{" + open + ", \"headEps\": 0.5}", "test");
        try (Backbone made = BackboneFamily.of(spec).random("made", spec, 3)) {
            write(made, Layouts.CONVNEXT, "\"model_type\": \"convnext\", \"layer_norm_eps\": 0.5");
            try (Backbone loaded = load(open)) {
                assertThat(loaded.spec()).isEqualTo(spec);
            }
            assertThatThrownBy(() -> load(open + ", \"eps\": 0.5"))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("eps: 1.0E-6 in transformers' code, the backbone has eps 0.5");
        }
    }

    @Test
    void aSwinOfAnotherEpsilonIsRefusedForSomeOfItsNormsHaveTorchs() throws IOException {
        String json =
                """
                "family": "swin", "height": 32, "width": 32, "patch": 4, "dim": 8, "depths": [2], "heads": [1],
                "window": 4, "ratio": 2""";
        BackboneSpec spec = SpecJson.parse("{" + json + "}", "test");
        try (Backbone made = BackboneFamily.of(spec).random("made", spec, 3)) {
            write(made, Layouts.SWIN, "\"model_type\": \"swin\", \"layer_norm_eps\": 1e-6");
        }
        assertThatThrownBy(() -> load(json))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(
                        "layer_norm_eps: 1.0E-6, but 1.0E-5 in the norms of the patches and between stages,"
                                + " which Inlay does not compute");
    }

    @Test
    void anotherActivationThanTheSettingsNameIsRefused() throws IOException {
        BackboneSpec spec = SpecJson.parse("{" + VIT + ", \"preNorm\": true}", "test");
        try (Backbone made = BackboneFamily.of(spec).random("made", spec, 3)) {
            write(made, Layouts.CLIP, "\"model_type\": \"test\", \"hidden_act\": \"quick_gelu\"");
        }
        assertThatThrownBy(() -> load(VIT + ", \"preNorm\": true"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("hidden_act: quick_gelu, the backbone has gelu");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '!',
            value = {
                "\"use_gated_mlp\": true|use_gated_mlp: true, the backbone has gelu",
                "\"rope_theta\": 1000.0|rope_theta: 1000.0, the backbone has 100.0",
                "\"hidden_act\": \"silu\"|hidden_act: silu, the backbone has gelu"
            })
    void anotherDinov3ThanTheSettingsNameIsRefused(String setting, String problem) throws IOException {
        String json = DINOV3 + ", \"qkvBias\": \"query_value\"";
        BackboneSpec spec = SpecJson.parse("{" + json + "}", "test");
        try (Backbone made = BackboneFamily.of(spec).random("made", spec, 3)) {
            write(made, Layouts.DINOV3, "\"model_type\": \"dinov3_vit\", " + setting);
        }
        assertThatThrownBy(() -> load(json)).isInstanceOf(DataException.class).hasMessageContaining(problem);
    }

    private void write(Backbone made, CheckpointLayout layout, String settings) throws IOException {
        Translation out = layout.fromTimm(Tensors.shapesOf(made.parameters()));
        assertThat(out.unexplained()).isEmpty();
        Map<String, Tensor> named =
                out.read(name -> Tensors.own(made.parameters().get(name).clone()));
        SafeTensorsWriter.write(
                folder.resolve("model.safetensors"),
                named.entrySet().stream()
                        .map(entry -> StoredTensors.entry(entry.getKey(), entry.getValue()))
                        .toList(),
                Map.of());
        named.values().forEach(Tensors::release);
        Files.writeString(folder.resolve("config.json"), "{" + settings + "}");
    }

    private Backbone load(String json) throws IOException {
        Path spec = Files.writeString(folder.resolve("spec.json"), "{" + json + "}");
        return Backbones.load(
                new BackboneConfig(BackboneConfig.CUSTOM, Optional.of(folder), Optional.of(spec), false, 0), 0);
    }
}
