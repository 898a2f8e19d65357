package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.SmallTuning;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DoraTest {
    private static final double SCALE = 1.5;

    @Test
    void everyProductUsesTheMatrixOfTheFormulaWrittenOut() {
        Dora spec = new Dora(2, 2 * SCALE, 0, List.of(), List.of());
        SmallTuning.disturbed(
                spec,
                (vit, tuning) ->
                        SmallTuning.assertComputes(vit, tuning, Set.of(HookPoint.Kind.LINEAR), (hookPoint, x, y) -> {
                            String name = "dora." + hookPoint.name();
                            Tensor matrix = merged(
                                    parameter(vit, hookPoint, "weight"),
                                    SmallTuning.exact(tuning, name + ".A"),
                                    SmallTuning.exact(tuning, name + ".B"),
                                    SmallTuning.exact(tuning, name + ".magnitude"));
                            return x.matmul(matrix.t()).add(parameter(vit, hookPoint, "bias"));
                        }));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theGradientHoldsTheNormsConstant(boolean withBias) {
        try (PointerScope scope = new PointerScope()) {
            Tensor x = random("x", 3, 4, 5);
            Tensor weight = random("weight", 7, 5);
            Tensor bias = random("bias", 7);
            Tensor a = random("a", 2, 5).set_requires_grad(true);
            Tensor b = random("b", 7, 2).set_requires_grad(true);
            Tensor magnitude = random("magnitude", 7).set_requires_grad(true);
            Tensor direction = random("direction", 3, 4, 7);

            Tensor product = x.matmul(weight.t());
            Tensor plain = withBias ? product.add(bias) : product;
            Dora.Update module = new Dora.Update(
                    "place", weight, withBias ? Optional.of(bias) : Optional.empty(), a, b, magnitude, SCALE, 0);
            module.output(x, plain, Dropout.NONE).mul(direction).sum().backward();
            Tensor[] leaves = {a, b, magnitude};
            Tensor[] actual = new Tensor[leaves.length];
            for (int i = 0; i < leaves.length; i++) {
                actual[i] = leaves[i].grad().clone();
                leaves[i].mutable_grad().reset();
            }

            Tensor spelled = x.matmul(merged(weight, a, b, magnitude).t());
            (withBias ? spelled.add(bias) : spelled).mul(direction).sum().backward();
            for (int i = 0; i < leaves.length; i++) {
                SmallTuning.assertClose(actual[i], leaves[i].grad(), 1e-12);
            }
        }
    }

    @Test
    void aRowOfZerosStaysFinite() {
        try (PointerScope scope = new PointerScope()) {
            Tensor weight = torch.zeros(3, 4);
            Dora.Update module = new Dora.Update(
                    "place",
                    weight,
                    Optional.empty(),
                    torch.ones(1, 4),
                    torch.zeros(3, 1),
                    Dora.Update.rowNorms(weight),
                    1,
                    0);
            Tensor y = module.output(torch.ones(2, 1, 4), torch.zeros(2, 1, 3), Dropout.NONE);
            assertThat(Tensors.floats(y)).containsOnly(0);
        }
    }

    /** m ⊙ (W + s B A) / ‖W + s B A‖, the norm without a gradient. */
    private static Tensor merged(Tensor weight, Tensor a, Tensor b, Tensor magnitude) {
        Tensor sum = weight.add(b.matmul(a).mul(new Scalar(SCALE)));
        Tensor norms = sum.detach().square().sum(1).sqrt();
        return sum.mul(magnitude.div(norms).unsqueeze(1));
    }

    private static Tensor parameter(VisionTransformer vit, HookPoint hookPoint, String what) {
        String fused = hookPoint.name().replaceFirst("\\.[qkv]$", ".qkv") + "." + what;
        Tensor whole = vit.parameters().get(fused).to(ScalarType.Double);
        int third = Math.max(
                0,
                List.of(".q", ".k", ".v")
                        .indexOf(hookPoint.name().substring(hookPoint.name().length() - 2)));
        return whole.narrow(0, (long) third * hookPoint.out(), hookPoint.out());
    }

    private static Tensor random(String name, long... shape) {
        long size = 1;
        for (long length : shape) {
            size *= length;
        }
        return Tensors.of(Initial.normal(Key.of(1, name), size, 0, 1), shape)
                .to(ScalarType.Double)
                .detach();
    }
}
