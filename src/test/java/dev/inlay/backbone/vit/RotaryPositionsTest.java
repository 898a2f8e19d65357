package dev.inlay.backbone.vit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.error.ConfigException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rotations of queries and keys by where their patches are. */
class RotaryPositionsTest {
    private static final String SPEC =
            """
            {"height": 8, "width": 12, "patch": 4, "dim": 16, "depth": 2, "heads": 2, "hidden": 20, "rope": true,
             "regTokens": 3, "qkvBias": "none"}
            """;

    private PointerScope scope;
    private NoGradGuard guard;

    @BeforeEach
    void open() {
        scope = new PointerScope();
        guard = new NoGradGuard();
    }

    @AfterEach
    void close() {
        guard.close();
        scope.close();
    }

    private static Backbone vit() {
        return new VitFamily().random("rope", SpecJson.parse(SPEC, "test"), 3);
    }

    /** A grid of one row and two columns: its centres are at (0, ±1/2), so columns alone turn, by ±π and ±π / 10. */
    @Test
    void anglesAreTheCentresOverThePeriods() {
        try (RotaryPositions positions = new RotaryPositions(Device.CPU, new TokenGrid(1, 1, 2), 1, 8)) {
            float[] token = {1, 2, 3, 4, 5, 6, 7, 8};
            Tensor x = Tensors.of(token, 1, 1, 8).expand(1, 3, 8);
            float[] turned = Tensors.floats(positions.rotated(x));
            assertThat(List.of(turned[0], turned[7])).containsExactly(1f, 8f);
            for (int patch = 0; patch < 2; patch++) {
                int at = 8 * (1 + patch);
                double sign = patch == 0 ? -1 : 1;
                double[] angles = {0, 0, sign * Math.PI, sign * Math.PI / 10};
                for (int plane = 0; plane < 4; plane++) {
                    double cos = Math.cos(angles[plane]);
                    double sin = Math.sin(angles[plane]);
                    double u = token[plane];
                    double v = token[plane + 4];
                    assertThat((double) turned[at + plane]).isCloseTo(u * cos - v * sin, within(1e-5));
                    assertThat((double) turned[at + plane + 4]).isCloseTo(v * cos + u * sin, within(1e-5));
                }
            }
        }
    }

    /** What stands between the tokens before the patches and the patches moves no patch to another place. */
    @Test
    void tokensPutInFrontLeaveTheRotationsOfThePatches() {
        try (RotaryPositions positions = new RotaryPositions(Device.CPU, new TokenGrid(2, 2, 3), 2, 8)) {
            Tensor x = torch.randn(2, 8, 16);
            Tensor prompts = torch.randn(2, 5, 16);
            Tensor more = Tensors.cat(List.of(x.narrow(1, 0, 2), prompts, x.narrow(1, 2, 6)), 1);
            Tensor turned = positions.rotated(more);
            assertThat(Tensors.floats(turned.narrow(1, 7, 6).contiguous()))
                    .isEqualTo(
                            Tensors.floats(positions.rotated(x).narrow(1, 2, 6).contiguous()));
            assertThat(Tensors.floats(turned.narrow(1, 0, 7).contiguous()))
                    .isEqualTo(Tensors.floats(more.narrow(1, 0, 7).contiguous()));
        }
    }

    /** A context whose values are zero still takes a share of the attention, the same for every order of its tokens. */
    @Test
    void contextHasNoPosition() {
        try (Backbone vit = vit()) {
            Tensor images = torch.randn(2, 3, 8, 12);
            Tensor context = torch.randn(1, 4, 16);
            Tensor turned = context.flip(1);
            assertThat(Tensors.floats(features(vit, images, context)))
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(Tensors.floats(features(vit, images, turned)));
        }
    }

    private static Tensor features(Backbone vit, Tensor images, Tensor context) {
        return vit.features(images, Pass.evaluation(new ForwardHooks() {
            @Override
            public Optional<Tensor> context(int block, Dropout dropout) {
                return Optional.of(context);
            }
        }));
    }

    /** Without positions the class token would not see the order of the patches. */
    @Test
    void thePositionsOfPatchesMatter() {
        try (Backbone vit = vit()) {
            Tensor images = torch.randn(1, 3, 8, 12);
            Tensor moved = torch.roll(images, new long[] {4}, 3);
            Tensor difference = vit.features(moved, Pass.BARE).sub(vit.features(images, Pass.BARE));
            assertThat(difference.abs().max().item_double()).isGreaterThan(1e-2);
        }
    }

    @Test
    void imagesOfAnotherSizeAreSeenOnTheirOwnGrid() {
        try (Backbone vit = vit();
                Backbone larger = vit.forImages(16, 16).orElseThrow();
                Backbone made = new VitFamily().load("made", larger.spec(), new TreeMap<>(vit.parameters()), "test")) {
            assertThat(larger.grid(0)).isEqualTo(new TokenGrid(4, 4, 4));
            Tensor images = torch.randn(2, 3, 16, 16);
            assertThat(Tensors.floats(larger.features(images, Pass.BARE)))
                    .isEqualTo(Tensors.floats(made.features(images, Pass.BARE)));
            assertThatThrownBy(() -> vit.forImages(16, 18))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("patches of 4 × 4 do not fill images of 16 × 18");
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Map<String, String> problems = Map.of(
                "\"heads\": 8", "heads: with rope the width of a head must be a multiple of 4, found dim 16 / 8",
                "\"heads\": 2, \"noEmbedClass\": true", "noEmbedClass: with rope there is no position table");
        problems.forEach((keys, message) -> {
            String json = SPEC.replace("\"heads\": 2", keys);
            assertThatThrownBy(() -> SpecJson.parse(json, "test"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(message);
        });
        BackboneSpec spec = SpecJson.parse(SPEC, "test");
        assertThat(SpecJson.parse(SpecJson.write(spec).toString(), "test")).isEqualTo(spec);
    }
}
