package dev.inlay.inputs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Pass;
import dev.inlay.checkpoint.naming.BackboneWeights;
import dev.inlay.config.BackboneConfig;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Configs that name an {@code .npz} file get the network that timm makes of it. */
class GoogleVitFileTest {
    private static final JsonNode META = Golden.json("vit_npz/meta.json");

    @TempDir
    Path folder;

    private Backbone load(Path file, String spec) throws IOException {
        Path sizes = Files.writeString(folder.resolve("spec.json"), spec);
        return Backbones.load(
                new BackboneConfig(BackboneConfig.CUSTOM, Optional.of(file), Optional.of(sizes), false, 0), 0);
    }

    private static Path golden(String name) {
        return Golden.path("vit_npz/" + name + ".npz");
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "vit_compressed_fortran", "vit_prefixed", "vit_grid5", "vit_grid2"})
    void logitsAreTimms(String name) throws IOException {
        Map<String, Tensor> expected = Golden.tensors("vit_npz/expected_logits.safetensors");
        try (PointerScope scope = new PointerScope();
                Backbone vit = load(golden(name), META.get("spec").toString())) {
            Tensor features = vit.features(expected.get("images"), Pass.BARE);
            Tensor logits = torch.linear(
                    features,
                    Tensors.of(vit.checkpointHead().orElseThrow().weight(), 6, 24),
                    Tensors.optional(
                            Tensors.of(vit.checkpointHead().orElseThrow().bias(), 6)));
            Golden.assertClose(
                    name,
                    logits,
                    expected.get(name + ".logits"),
                    META.get("tolerance").get("logits"));
        }
    }

    @Test
    void aFileIsKnownByItsContentToo() throws IOException {
        Path renamed = Files.copy(golden("vit"), folder.resolve("weights.bin"));
        try (Backbone vit = load(renamed, META.get("spec").toString())) {
            assertThat(vit.depth()).isEqualTo(2);
        }
    }

    @Test
    void sizesThatDifferAreListed() {
        String other =
                """
                {"height": 24, "width": 24, "patch": 4, "dim": 12, "depth": 3, "heads": 4, "hidden": 48}""";
        assertThatThrownBy(() -> load(golden("vit"), other))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        golden("vit") + ": expected the network of the spec, found a ViT of embedDim 24,"
                                + " depth 2, patchSize 8, mlpHidden 40, tokens 10, headClasses 6, numHeads 3; 43 differences:\n"
                                + "  - cls_token: expected [1, 1, 12], found [1, 1, 24]\n");
        String heads = META.get("spec").toString().replace("\"heads\":3", "\"heads\":4");
        assertThatThrownBy(() -> load(golden("vit"), heads))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("heads: 3 in the shapes, the backbone has heads 4");
    }

    @Test
    void theLogSaysWhatWasMappedDroppedAndResized() throws IOException {
        Logger logger = (Logger) LoggerFactory.getLogger(BackboneWeights.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.INFO);
        try (Backbone vit = load(golden("vit_grid5"), META.get("spec").toString())) {
            List<String> lines =
                    log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
            assertThat(lines).hasSize(3);
            assertThat(lines.get(0))
                    .contains("mapped to 32 tensors:")
                    .contains("\n  patch_embed.proj.weight ← embedding/kernel\n");
            assertThat(lines.get(1)).endsWith(") pre_logits/kernel, pre_logits/bias");
            assertThat(lines.get(2)).endsWith("resized pos_embed from 5 × 5 to 3 × 3 patches, bilinear");
        } finally {
            logger.setLevel(null);
            logger.detachAppender(log);
        }
    }
}
