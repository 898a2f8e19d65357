package dev.inlay.backbone.convnext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.RecognisedShapes;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.naming.Layout;
import dev.inlay.checkpoint.naming.Layouts;
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
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints of ConvNeXts: whose names they may have, what is refused, what shapes tell. */
class ConvNeXtLoaderTest {
    private static Backbone load(Map<String, Tensor> tensors) {
        return new ConvNeXtFamily().load("test", Golden.convnextSpec(), tensors, "file");
    }

    static Stream<Layout> layouts() {
        return Stream.of(Layouts.CONVNEXT, Layouts.CONVNEXT_AUTHORS);
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void othersNamesAreTakenAsTimms(Layout layout, @TempDir Path folder) {
        Path file = folder.resolve("others.safetensors");
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> timm = Golden.tensors("convnext/weights.safetensors");
            Map<String, Tensor> others = layout.fromTimm(Tensors.shapesOf(timm)).read(timm::get);
            assertThat(others).doesNotContainKey("stem.0.weight").hasSameSizeAs(timm);
            SafeTensorsWriter.write(
                    file,
                    others.entrySet().stream()
                            .map(entry -> StoredTensors.entry(entry.getKey(), entry.getValue()))
                            .toList(),
                    Map.of());
        }
        try (Backbone timm = Golden.convnext();
                Backbone others = Backbones.load("test", Golden.convnextSpec(), file)) {
            assertThat(others.fingerprint()).isEqualTo(timm.fingerprint());
            assertThat(others.checkpointHead().orElseThrow().weight())
                    .containsExactly(timm.checkpointHead().orElseThrow().weight());
        }
    }

    @Test
    void aHeadMayBeMissing() {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = Golden.tensors("convnext/weights.safetensors");
            tensors.keySet().removeIf(name -> name.startsWith("head.fc."));
            try (Backbone convnext = load(tensors)) {
                assertThat(convnext.checkpointHead()).isEmpty();
            }
        }
    }

    @Test
    void whatDiffersIsListed() {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = Golden.tensors("convnext/weights.safetensors");
            tensors.put("stages.0.blocks.0.mlp.grn.weight", torch.zeros(32));
            tensors.put("head.norm.weight", torch.zeros(3));
            tensors.remove("stages.1.downsample.0.bias");
            tensors.remove("head.fc.bias");
            assertThatThrownBy(() -> load(tensors))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("(4 tensors differ)")
                    .hasMessageContaining("unexpected stages.0.blocks.0.mlp.grn.weight [32]")
                    .hasMessageContaining("head.norm.weight: expected [28], found [3]")
                    .hasMessageContaining("missing stages.1.downsample.0.bias [8]")
                    .hasMessageContaining("head.fc.weight and head.fc.bias come together, one is missing");
        }
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = Golden.tensors("convnext/weights.safetensors");
            tensors.put("head.norm.bias", tensors.get("head.norm.bias").div(Tensors.of(new float[] {0}, 1)));
            assertThatThrownBy(() -> load(tensors))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("head.norm.bias")
                    .hasMessageContaining("damaged");
        }
    }

    @Test
    void randomWeightsAreOfTheSeed() {
        ConvNeXtSpec spec = (ConvNeXtSpec) Golden.convnextSpec();
        try (PointerScope scope = new PointerScope();
                Backbone first = new ConvNeXtFamily().random("a", spec, 1);
                Backbone again = new ConvNeXtFamily().random("b", spec, 1);
                Backbone other = new ConvNeXtFamily().random("c", spec, 2)) {
            assertThat(again.fingerprint()).isEqualTo(first.fingerprint()).isNotEqualTo(other.fingerprint());
            Tensor filters = first.parameters().get("stages.2.blocks.0.conv_dw.weight");
            assertThat(filters.std().item_double()).isBetween(0.13, 0.155);
            Tensor gamma = first.parameters().get("stages.2.blocks.0.gamma");
            assertThat(gamma.max().item_double()).isLessThan(1e-4);
        }
    }

    private static Map<String, List<Long>> shapes(ConvNeXtSpec spec) {
        return new LinkedHashMap<>(ConvNeXtLayout.of(spec).shapes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"convnext_tiny", "convnext_xxlarge"})
    void shapesTellThePublishedVariant(String name) {
        Map<String, List<Long>> shapes = shapes(ConvNeXtVariants.all().get(name));
        shapes.put(
                "head.fc.weight", List.of(7L, ConvNeXtVariants.all().get(name).embedDim() + 0L));
        shapes.put("head.fc.bias", List.of(7L));
        Optional<RecognisedShapes> found = new ConvNeXtFamily().recognise(shapes);
        assertThat(found.orElseThrow().variants()).containsExactly(name);
        assertThat(found.orElseThrow().differences()).isEmpty();
        assertThat(found.orElseThrow().facts().get("headClasses").asInt()).isEqualTo(7);
        assertThat(BackboneFamily.named("vit").recognise(shapes)).isEmpty();
        assertThat(BackboneFamily.named("swin").recognise(shapes)).isEmpty();
    }

    @Test
    void shapesOfAnotherBackboneAreNotRecognised() {
        assertThat(new ConvNeXtFamily().recognise(Map.of("stem.0.weight", List.of(8L, 3L, 4L, 4L))))
                .isEmpty();
        assertThat(new ConvNeXtFamily().recognise(Map.of("patch_embed.proj.weight", List.of(8L, 3L, 4L, 4L))))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"patch\":0|patch: must be at least 1, found 0",
                "\"depths\":[2,2,2]|depths and dims: expected one number each",
                "\"dims\":[8,-1]|dims: must be at least 1, found -1",
                "\"dims\":[8,100000]|dims: must be at most 65536",
                "\"height\":7|the image of 7 × 32 has nothing left for stage 1",
                "\"classes\":-1|classes: must not be negative"
            })
    void aSpecThatFitsNothingSaysWhy(String part, String problem) {
        String fitting =
                "\"family\":\"convnext\",\"height\":32,\"width\":32,\"patch\":4,\"depths\":[2,2],\"dims\":[8,16]";
        assertThat(SpecJson.parse("{" + fitting + "}", "test")).isInstanceOf(ConvNeXtSpec.class);
        // the last of equal keys counts
        String text = "{" + fitting + "," + part + "}";
        assertThatThrownBy(() -> SpecJson.parse(text, "test"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(problem);
    }
}
