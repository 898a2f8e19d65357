package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.HookPoint;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.method.Adapter.Placement;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterTest {
    @ParameterizedTest
    @CsvSource({"PFEIFFER, GELU, 1", "PFEIFFER, RELU, 3", "PARALLEL, RELU, 0.1", "PARALLEL, GELU, 1"})
    void isTheFormulaAtTheMlp(Placement placement, Activation activation, double scale) {
        Adapter spec = new Adapter(placement, 5, activation, scale, 0, List.of());
        SmallTuning.disturbed(
                spec,
                (vit, tuning) ->
                        SmallTuning.assertComputes(vit, tuning, Set.of(HookPoint.Kind.MLP), (hookPoint, x, y) -> {
                            Tensor h = placement == Placement.PARALLEL ? x : y;
                            Tensor inner = SmallTuning.affine(tuning, "adapter." + hookPoint.name() + ".down", h);
                            Tensor bent = activation == Activation.GELU
                                    ? SmallTuning.gelu(inner)
                                    : inner.mul(inner.gt(new Scalar(0)).to(ScalarType.Double));
                            return y.add(SmallTuning.affine(tuning, "adapter." + hookPoint.name() + ".up", bent)
                                    .mul(new Scalar(scale)));
                        }));
    }

    @Test
    void houlsbyIsTheFormulaBehindAttentionAndMlp() {
        Adapter spec = new Adapter(Placement.HOULSBY, 5, Activation.GELU, 1, 0, List.of());
        SmallTuning.disturbed(
                spec,
                (vit, tuning) -> SmallTuning.assertComputes(
                        vit,
                        tuning,
                        Set.of(HookPoint.Kind.ATTENTION, HookPoint.Kind.MLP),
                        (hookPoint, x, y) -> y.add(SmallTuning.affine(
                                tuning,
                                "adapter." + hookPoint.name() + ".up",
                                SmallTuning.gelu(
                                        SmallTuning.affine(tuning, "adapter." + hookPoint.name() + ".down", y))))));
    }

    @Test
    void blocksCountFromTheEndToo() {
        Adapter spec = new Adapter(Placement.PFEIFFER, 2, Activation.GELU, 1, 0, List.of(0, -1));
        SmallTuning.disturbed(
                spec, (vit, tuning) -> assertThat(tuning.trainables().keySet())
                        .contains("adapter.blocks.0.mlp.down.weight", "adapter.blocks.2.mlp.up.bias")
                        .noneMatch(name -> name.startsWith("adapter.blocks.1.")));
    }
}
