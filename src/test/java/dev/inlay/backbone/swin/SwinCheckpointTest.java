package dev.inlay.backbone.swin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Pass;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.golden.Golden;
import dev.inlay.inputs.Backbones;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of Swin Transformers: the original names, other windows, what shapes tell. */
class SwinCheckpointTest {
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

    @Test
    void shapesOfATableThatNoWindowHasAreNotRecognised() {
        SwinFamily family = new SwinFamily();
        Map<String, List<Long>> shapes =
                new LinkedHashMap<>(family.shapes(family.variants().get("swin_tiny_patch4_window7_224")));
        shapes.put("layers.0.blocks.0.attn.relative_position_bias_table", List.of(168L, 3L));
        assertThat(family.recognise(shapes)).isEmpty();
    }
}
