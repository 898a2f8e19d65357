package dev.inlay.backbone.swin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Filling;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.Place;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The forward pass and every gradient against {@code golden/swin} (whole windows, a shift, one merging) and {@code
 * golden/swin_padded} (windows that do not fit, windows that are no squares, odd rows to merge).
 */
class SwinTransformerGoldenTest {
    private static JsonNode tolerance(String set, String of) {
        return Golden.json(set + "/meta.json").get("tolerance").get(of);
    }

    @ParameterizedTest
    @ValueSource(strings = {"swin", "swin_padded"})
    void tokensStagesAndLogitsMatch(String set) {
        try (PointerScope scope = new PointerScope();
                Backbone swin = Golden.swin(set)) {
            Map<String, Tensor> io = Golden.tensors(set + "/io.safetensors");
            Map<String, Tensor> weights = Golden.tensors(set + "/weights.safetensors");
            JsonNode near = tolerance(set, "forward");
            Tensor x = swin.embed(io.get("images"), Pass.BARE);
            Golden.assertClose("embed", x, io.get("embed"), near);
            int block = 0;
            int stage = 0;
            for (JsonNode depth : Golden.json(set + "/meta.json").get("spec").get("depths")) {
                for (int i = 0; i < depth.asInt(); i++) {
                    x = swin.block(block, x, Pass.BARE);
                    assertThat(x.size(2)).isEqualTo(swin.embedDim(block));
                    assertThat(x.size(1)).isEqualTo(swin.grid(block).tokens());
                    block++;
                }
                Golden.assertClose("stage " + stage, x, io.get("stages." + stage), near);
                stage++;
            }
            Tensor features = swin.readout(x, Pass.BARE);
            Golden.assertClose("features", features, io.get("features"), near);
            Tensor logits = torch.linear(features, weights.get("head.fc.weight"), weights.get("head.fc.bias"));
            Golden.assertClose("logits", logits, io.get("logits"), near);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"swin", "swin_padded"})
    void everyGradientMatches(String set) {
        try (PointerScope scope = new PointerScope();
                Backbone swin = Golden.swin(set)) {
            Map<String, Tensor> io = Golden.tensors(set + "/io.safetensors");
            Map<String, Tensor> leaves = new LinkedHashMap<>();
            Golden.tensors(set + "/weights.safetensors")
                    .forEach((name, value) -> leaves.put(name, value.detach().requires_grad_(true)));
            Filling all = new Filling() {
                @Override
                public Tensor parameter(String name, Tensor base) {
                    return leaves.get(name);
                }
            };
            Tensor features = swin.features(io.get("images"), Pass.evaluation(all));
            Tensor logits = torch.linear(features, leaves.get("head.fc.weight"), leaves.get("head.fc.bias"));
            Tensor loss = torch.cross_entropy_loss(logits, io.get("labels"));
            assertThat(loss.item_double())
                    .isCloseTo(Golden.json(set + "/meta.json").get("loss").asDouble(), within(1e-5));
            loss.backward();
            Map<String, Tensor> expected = Golden.tensors(set + "/grads.safetensors");
            assertThat(leaves.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
            expected.forEach((name, gradient) ->
                    Golden.assertClose(name, leaves.get(name).grad(), gradient, tolerance(set, "gradient")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"swin", "swin_padded"})
    void sitesCoverEveryParameterInTimmOrder(String set) {
        try (Backbone swin = Golden.swin(set)) {
            assertThat(swin.parameters().keySet())
                    .containsExactlyElementsOf(Golden.names(set + "/meta.json", "order").stream()
                            .filter(name -> !name.startsWith("head."))
                            .toList());
            assertThat(swin.sites().stream().mapToLong(site -> site.size()).sum())
                    .isEqualTo(swin.parameterCount());
        }
    }

    /** Per-image results of a batch are those of each image alone. */
    @Test
    void aRowDependsOnNoOtherRow() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone swin = Golden.swin("swin_padded")) {
            Tensor images = Golden.tensors("swin_padded/io.safetensors").get("images");
            Tensor together = swin.features(images, Pass.BARE);
            for (int i = 0; i < images.size(0); i++) {
                Tensor alone = swin.features(images.narrow(0, i, 1), Pass.BARE);
                Golden.assertClose("row " + i, together.narrow(0, i, 1), alone, tolerance("swin_padded", "forward"));
            }
        }
    }

    @Test
    void placesAndSitesOfAMergingBelongToTheBlockThatFollows() {
        try (Backbone swin = Golden.swin("swin")) {
            assertThat(swin.places())
                    .contains(
                            new Place("layers.1.downsample.norm", Place.Kind.NORM, 2, "downsample.norm", 64, 64),
                            new Place(
                                    "layers.1.downsample.reduction",
                                    Place.Kind.LINEAR,
                                    2,
                                    "downsample.reduction",
                                    64,
                                    32),
                            new Place("layers.1.blocks.1", Place.Kind.BLOCK, 3, "", 32, 32));
            assertThat(swin.sites().stream()
                            .filter(site -> site.block() == 2)
                            .map(site -> site.name())
                            .limit(4))
                    .containsExactly(
                            "layers.1.downsample.norm.weight",
                            "layers.1.downsample.norm.bias",
                            "layers.1.downsample.reduction.weight",
                            "layers.1.blocks.0.norm1.weight");
            assertThat(List.of(swin.grid(1), swin.grid(2)))
                    .containsExactly(new TokenGrid(0, 8, 8), new TokenGrid(0, 4, 4));
            assertThat(swin.embedDim()).isEqualTo(32);
            assertThat(swin.depth()).isEqualTo(4);
        }
    }

    /** What each place is given and gives has the widths it says, in the order it says. */
    @Test
    void placesComeInTheOrderOfThePassWithTheirWidths() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone swin = Golden.swin("swin_padded")) {
            Map<String, List<Long>> widths = new LinkedHashMap<>();
            Filling watching = new Filling() {
                @Override
                public Tensor output(String place, Tensor x, Tensor y, dev.inlay.backbone.Noise noise) {
                    widths.put(place, List.of(x.size(-1), y.size(-1)));
                    return y;
                }
            };
            swin.features(Golden.tensors("swin_padded/io.safetensors").get("images"), Pass.evaluation(watching));
            assertThat(widths.keySet())
                    .containsExactlyElementsOf(
                            swin.places().stream().map(Place::name).toList());
            swin.places().stream()
                    .filter(place -> place.kind() != Place.Kind.PATCHES)
                    .forEach(place -> assertThat(widths.get(place.name()))
                            .as(place.name())
                            .containsExactly((long) place.in(), (long) place.out()));
            assertThat(Tensors.shapeOf(swin.parameters().get("layers.1.blocks.0.attn.relative_position_bias_table")))
                    .containsExactly(7L * 5, 2L);
        }
    }
}
