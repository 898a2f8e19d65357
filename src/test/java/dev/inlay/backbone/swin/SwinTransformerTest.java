package dev.inlay.backbone.swin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the tunable parameters, places and tables of a Swin Transformer are. */
class SwinTransformerTest {
    @Test
    void placesAndSitesOfAMergingBelongToTheBlockThatFollows() {
        try (Backbone swin = Golden.swin("swin")) {
            assertThat(swin.hookPoints())
                    .contains(
                            new HookPoint(
                                    "layers.1.downsample.norm", HookPoint.Kind.NORM, 2, "downsample.norm", 64, 64),
                            new HookPoint(
                                    "layers.1.downsample.reduction",
                                    HookPoint.Kind.LINEAR,
                                    2,
                                    "downsample.reduction",
                                    64,
                                    32),
                            new HookPoint("layers.1.blocks.1", HookPoint.Kind.BLOCK, 3, "", 32, 32));
            assertThat(swin.tunableParameters().stream()
                            .filter(tunable -> tunable.block() == 2)
                            .map(tunable -> tunable.name())
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

    /** Windows of 4 × 3 tokens, where a side of the grid is smaller than a window's. */
    @Test
    void aTableIsOfTheWindowThatFits() {
        try (Backbone swin = Golden.swin("swin_padded")) {
            assertThat(Tensors.shapeOf(swin.parameters().get("layers.1.blocks.0.attn.relative_position_bias_table")))
                    .containsExactly(7L * 5, 2L);
        }
    }
}
