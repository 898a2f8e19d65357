package dev.inlay.backbone.convnext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Where the tunable parameters and places of a ConvNeXt are, and which images it takes. */
class ConvNeXtTest {
    @Test
    void aSiteIsAWholeParameter() {
        try (Backbone convnext = Golden.convnext()) {
            assertThat(convnext.tunableParameters().stream().map(TunableParameter::name))
                    .containsExactlyElementsOf(convnext.parameters().keySet());
        }
    }

    @Test
    void whatHalvesTheImageBelongsToTheBlockThatFollows() {
        try (Backbone convnext = Golden.convnext()) {
            assertThat(convnext.hookPoints())
                    .contains(
                            new HookPoint("stages.1.downsample.0", HookPoint.Kind.NORM, 1, "downsample.0", 8, 8),
                            new HookPoint("stages.1.downsample.1", HookPoint.Kind.LINEAR, 1, "downsample.1", 32, 12),
                            new HookPoint("stages.2.blocks.1", HookPoint.Kind.BLOCK, 3, "", 20, 20));
            assertThat(convnext.tunableParameters())
                    .contains(
                            new TunableParameter(
                                    "stages.1.downsample.1.weight",
                                    TunableParameter.Kind.MATRIX,
                                    "stages.1.downsample.1.weight",
                                    0,
                                    List.of(12L, 8L, 2L, 2L),
                                    1,
                                    "downsample.1"),
                            new TunableParameter(
                                    "stages.2.blocks.1.conv_dw.weight",
                                    TunableParameter.Kind.DEPTHWISE_FILTERS,
                                    "stages.2.blocks.1.conv_dw.weight",
                                    0,
                                    List.of(20L, 1L, 7L, 7L),
                                    3,
                                    "conv_dw"));
            assertThat(List.of(convnext.grid(0), convnext.grid(1), convnext.grid(3), convnext.grid(4)))
                    .containsExactly(
                            new TokenGrid(0, 8, 10),
                            new TokenGrid(0, 4, 5),
                            new TokenGrid(0, 2, 2),
                            new TokenGrid(0, 1, 1));
            assertThat(convnext.step(convnext.tunableParameters().get(0))).isZero();
            assertThat(convnext.step(convnext.tunableParameters()
                            .get(convnext.tunableParameters().size() - 1)))
                    .isEqualTo(convnext.steps() - 1);
        }
    }

    @Test
    void aViewForOtherImagesSharesTheTensorsAndOutlivesTheBackbone() {
        Tensor weight;
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Backbone convnext = Golden.convnext();
            try (Backbone larger = convnext.forImages(48, 33).orElseThrow()) {
                assertThat(larger.fingerprint()).isEqualTo(convnext.fingerprint());
                assertThat(larger.grid(1)).isEqualTo(new TokenGrid(0, 6, 4));
                weight = larger.parameters().get("stem.0.weight");
                assertThat(weight).isSameAs(convnext.parameters().get("stem.0.weight"));
                convnext.close();
                assertThat(Tensors.shape(larger.features(torch.ones(2, 3, 48, 33), Pass.BARE)))
                        .containsExactly(2, 28);
            }
            assertThat(weight.isNull()).isTrue();
        }
    }

    @Test
    void thereIsNoRoomForTokensThatAreNotOfTheImage() {
        ForwardHooks more = new ForwardHooks() {
            @Override
            public Tensor tokens(int block, Tensor x, Dropout dropout) {
                return Tensors.cat(List.of(x, x.narrow(1, 0, 1)), 1);
            }
        };
        try (PointerScope scope = new PointerScope();
                Backbone convnext = Golden.convnext()) {
            Tensor images = Golden.tensors("convnext/io.safetensors").get("images");
            assertThatThrownBy(() -> convnext.features(images, Pass.evaluation(more)))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("stages.0.blocks.0: expected the 80 tokens of the image, found 81");
        }
    }
}
