package dev.inlay.inputs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.config.BackboneConfig;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Backbones from files of {@code torch.save}. */
class PthBackboneTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden/vit_pth");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "plain.pth, true",
        "mae.pth, false",
        "deit.pth, true",
        "moco.pth.tar, true",
        "legacy.pth, true",
        "legacy_plain.pth, false",
        "beside.pth, true",
        "beside_legacy.pth, true",
        "beside_protocol4.pth, true",
        "module.pth, true"
    })
    void isTheBackboneOfTheSafetensorsFile(String name, boolean head) throws Exception {
        Path disguised = Files.copy(FOLDER.resolve(name), folder.resolve("weights"));
        try (Backbone found = load(disguised, 12);
                Backbone expected = load(FOLDER.resolve("expected.safetensors"), 12)) {
            assertThat(found.parameters().keySet())
                    .isEqualTo(expected.parameters().keySet());
            found.parameters().forEach((key, tensor) -> assertThat(Tensors.floats(tensor))
                    .as(key)
                    .containsExactly(Tensors.floats(expected.parameters().get(key))));
            assertThat(found.checkpointHead().isPresent()).isEqualTo(head);
        }
    }

    @Test
    void aWrongFileIsOneLineOfWhatItIsAndFiveDifferences() {
        Path file = FOLDER.resolve("deit.pth");
        assertThatThrownBy(() -> load(file, 24))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        file + ": expected the network of the spec, found a ViT of embedDim 12, depth 2, patchSize 8,"
                                + " mlpHidden 24, tokens 5, headClasses 4; 29 differences:\n"
                                + "  - cls_token: expected [1, 1, 24], found [1, 1, 12]\n"
                                + "  - pos_embed: expected [1, 5, 24], found [1, 5, 12]\n"
                                + "  - patch_embed.proj.weight: expected [24, 3, 8, 8], found [12, 3, 8, 8]\n"
                                + "  - patch_embed.proj.bias: expected [24], found [12]\n"
                                + "  - blocks.0.norm1.weight: expected [24], found [12]\n"
                                + "  … and 24 more, which --verbose lists\n"
                                + "choose the variant or spec that the weights were made for");
        assertThatThrownBy(() -> load(FOLDER.resolve("strided.pth"), 12))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("found a network that Inlay does not know, in timm's names")
                .hasMessageContaining("missing cls_token");
    }

    private Backbone load(Path file, int dim) {
        VitSpec spec = new VitSpec(16, 16, 8, dim, 2, 2, 24, 4, 1e-6);
        try {
            Path json = Files.writeString(folder.resolve("spec.json"), spec.toJson());
            return Backbones.load(
                    new BackboneConfig(BackboneConfig.CUSTOM, Optional.of(file), Optional.of(json), false, 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
