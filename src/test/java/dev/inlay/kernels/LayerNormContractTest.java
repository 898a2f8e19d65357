package dev.inlay.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Tensors;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The native LayerNorm and its gradients give what LibTorch's do in double precision, through either face. */
class LayerNormContractTest {
    private static final double EPSILON = 1e-6;
    private static final double TOLERANCE = 2e-5;

    static {
        LibTorch.load();
    }

    @AfterEach
    void asBefore() {
        System.clearProperty(Kernels.PROPERTY);
    }

    @ParameterizedTest
    @EnumSource
    void everyShape(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.avx512();
        torch.manual_seed(1);
        for (long[] shape : new long[][] {{1, 16}, {3, 5, 48}, {16, 50, 192}, {2, 7, 768}, {2, 0, 32}}) {
            for (int threads : new int[] {1, 3}) {
                NativeLayerNorm norm = new NativeLayerNorm(kernels, threads, EPSILON);
                agree(norm, shape, true);
                agree(norm, shape, false);
            }
        }
    }

    /** Values and the gradients of all that may be trained. */
    private static void agree(NativeLayerNorm norm, long[] shape, boolean affine) {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            long width = shape[shape.length - 1];
            Tensor x = torch.randn(shape).mul(new Scalar(3.0)).add(new Scalar(1.0));
            List<Tensor> inputs = affine ? List.of(x, torch.randn(width), torch.randn(width)) : List.of(x);
            Tensor dy = torch.randn(shape);
            List<Tensor> exact = inputs.stream()
                    .map(input -> input.to(ScalarType.Double).set_requires_grad(true))
                    .toList();
            inputs.forEach(input -> input.set_requires_grad(true));
            Tensor y = applied(norm::of, inputs);
            Tensor exactY = torch.layer_norm(
                    exact.get(0),
                    new long[] {width},
                    Tensors.optional(affine ? exact.get(1) : null),
                    Tensors.optional(affine ? exact.get(2) : null),
                    EPSILON,
                    false);
            assertThat(Tensors.shape(y)).containsExactly(shape);
            y.mul(dy).sum().backward();
            exactY.mul(dy.to(ScalarType.Double)).sum().backward();
            if (y.numel() > 0) {
                assertThat(largest(y, exactY)).isLessThan(TOLERANCE);
                for (int i = 0; i < inputs.size(); i++) {
                    assertThat(largest(inputs.get(i).grad(), exact.get(i).grad()))
                            .isLessThan(TOLERANCE);
                }
            }
        }
    }

    private interface Norm {
        Tensor of(Tensor x, Tensor scale, Tensor shift);
    }

    private static Tensor applied(Norm norm, List<Tensor> inputs) {
        return inputs.size() == 1
                ? norm.of(inputs.get(0), null, null)
                : norm.of(inputs.get(0), inputs.get(1), inputs.get(2));
    }

    /** Of the differences, as a share of the largest value if that is more than 1. */
    private static double largest(Tensor ours, Tensor exact) {
        Tensor value = exact.detach();
        double scale = Math.max(1, value.abs().max().item_double());
        return ours.detach().to(ScalarType.Double).sub(value).abs().max().item_double() / scale;
    }

    @ParameterizedTest
    @CsvSource({"true, false, false", "false, true, false", "false, false, true", "true, true, true"})
    void passesWithAndWithoutGradientsGiveEqualBits(boolean x, boolean scale, boolean shift) {
        try (PointerScope scope = new PointerScope()) {
            List<Tensor> inputs = List.of(torch.randn(4, 7, 48), torch.randn(48), torch.randn(48));
            Norm norm = (rows, factor, offset) -> LayerNorm.of(rows, factor, offset, EPSILON);
            float[] without = Tensors.floats(applied(norm, inputs));
            boolean[] trained = {x, scale, shift};
            for (int i = 0; i < trained.length; i++) {
                inputs.get(i).set_requires_grad(trained[i]);
            }
            Tensor withLibTorchs = applied(norm, inputs);
            assertThat(Tensors.floats(withLibTorchs)).isEqualTo(without);
            withLibTorchs.square().sum().backward();
            List<Tensor> gradients = inputs.stream()
                    .map(input -> input.requires_grad() ? input.grad().clone() : input)
                    .toList();
            inputs.forEach(input -> input.mutable_grad().reset());
            try (AutogradFunction own = new AutogradFunction()) {
                Tensor withOurs = applied(norm, inputs);
                assertThat(Tensors.floats(withOurs)).isEqualTo(without);
                withOurs.square().sum().backward();
            }
            for (int i = 0; i < trained.length; i++) {
                assertThat(inputs.get(i).grad().defined()).isEqualTo(trained[i]);
                if (trained[i]) {
                    assertThat(largest(inputs.get(i).grad(), gradients.get(i))).isLessThan(TOLERANCE);
                }
            }
        }
    }

    /** Rows that are apart are brought together; widths and types that the kernel does not know are LibTorch's. */
    @Test
    void everyLayout() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor x = torch.randn(3, 32, 48);
            Tensor one = torch.ones(1);
            List<Tensor> all = List.of(
                    x, x.narrow(1, 0, 1), x.transpose(1, 2), x.narrow(2, 3, 16), x.narrow(2, 0, 24), x.select(0, 1));
            for (Tensor rows : all) {
                long width = rows.size(-1);
                for (Tensor scale : List.of(torch.randn(width), one.expand(width))) {
                    Tensor y = LayerNorm.of(rows, scale, null, EPSILON);
                    assertThat(largest(y, LayerNorm.byLibTorch(rows, scale, null, EPSILON)))
                            .isLessThan(TOLERANCE);
                }
            }
            assertThat(LayerNorm.of(x.to(ScalarType.Double), null, null, EPSILON)
                            .scalar_type()
                            .intern())
                    .isEqualTo(ScalarType.Double);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFailureSaysHowToAvoidIt(Faces face) throws ReflectiveOperationException {
        NativeLayerNorm norm = new NativeLayerNorm(face.avx512(), 0, EPSILON);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            assertThatThrownBy(() -> norm.of(torch.ones(3, 16), null, null))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("code 1 at LayerNorm of 3 rows of 16; -Dinlay.kernels=libtorch avoids it");
        }
    }
}
