package dev.inlay.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Precision;
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
import org.junit.jupiter.params.provider.EnumSource;

/** The native GELU and its gradient give what LibTorch's do in double precision, through either face. */
class GeluContractTest {
    static {
        LibTorch.load();
    }

    @AfterEach
    void asBefore() {
        System.clearProperty(Kernels.PROPERTY);
    }

    @ParameterizedTest
    @EnumSource
    void everyTypeAndShape(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.avx512();
        torch.manual_seed(1);
        for (Precision type : Precision.values()) {
            for (long[] shape : new long[][] {{1}, {2, 17}, {3, 5, 7}, {16, 50, 768}, {2, 0, 4}}) {
                for (int threads : new int[] {1, 3}) {
                    agree(kernels, type, shape, threads);
                }
            }
        }
    }

    private static void agree(NativeKernels kernels, Precision type, long[] shape, int threads) {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            boolean narrow = type == Precision.BF16;
            ScalarType scalarType = narrow ? ScalarType.BFloat16 : ScalarType.Float;
            Tensor leaf = torch.randn(shape).mul(new Scalar(3.0)).to(scalarType);
            Tensor dy = torch.randn(shape).to(scalarType);
            Tensor exactLeaf = leaf.to(ScalarType.Double).set_requires_grad(true);
            leaf.set_requires_grad(true);
            Tensor y = Gelu.of(leaf, kernels, type, threads);
            assertThat(y.scalar_type().intern()).isEqualTo(scalarType);
            assertThat(Tensors.shape(y)).containsExactly(shape);
            Tensor exact = torch.gelu(exactLeaf);
            y.mul(dy).sum().backward();
            exact.mul(dy.to(ScalarType.Double)).sum().backward();
            assertThat(leaf.grad().scalar_type().intern()).isEqualTo(scalarType);
            if (y.numel() > 0) {
                double tolerance = narrow ? 1.0 / 256 : 2e-7; // half a unit in the last place of bfloat16, and some
                assertThat(largest(y, exact)).isLessThan(tolerance);
                assertThat(largest(leaf.grad(), exactLeaf.grad())).isLessThan(2 * tolerance);
            }
        }
    }

    /** Of the differences, as a share of the value where that is more than 1. */
    private static double largest(Tensor ours, Tensor exact) {
        Tensor value = exact.detach();
        Tensor scale = value.abs().clamp_min(new Scalar(1.0));
        return ours.detach()
                .to(ScalarType.Double)
                .sub(value)
                .abs()
                .div(scale)
                .max()
                .item_double();
    }

    @Test
    void everyLayout() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor x = torch.randn(6, 5);
            for (Tensor other :
                    List.of(x.t(), x.narrow(1, 1, 3), x.narrow(0, 0, 1).expand(4, 5))) {
                assertThat(largest(Gelu.of(other), torch.gelu(other))).isLessThan(5e-7);
            }
        }
    }

    @Test
    void otherTypesAreLibTorchs() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor x = torch.randn(30).to(ScalarType.Double);
            assertThat(Tensors.doubles(Gelu.of(x))).isEqualTo(Tensors.doubles(torch.gelu(x)));
        }
    }

    @Test
    void thePropertyChoosesLibTorch() {
        System.setProperty(Kernels.PROPERTY, "libtorch");
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor x = torch.randn(1000);
            assertThat(Tensors.floats(Gelu.of(x))).isEqualTo(Tensors.floats(torch.gelu(x)));
        }
    }

    @Test
    void passesWithAndWithoutGradientsGiveEqualBits() {
        try (PointerScope scope = new PointerScope()) {
            Tensor leaf = torch.randn(1000);
            float[] without = Tensors.floats(Gelu.of(leaf));
            leaf.set_requires_grad(true);
            Tensor withLibTorchs = Gelu.of(leaf);
            assertThat(Tensors.floats(withLibTorchs)).isEqualTo(without);
            withLibTorchs.sum().backward();
            Tensor gradient = leaf.grad().clone();
            leaf.mutable_grad().reset();
            try (AutogradFunction own = new AutogradFunction()) {
                Tensor withOurs = Gelu.of(leaf);
                assertThat(Tensors.floats(withOurs)).isEqualTo(without);
                withOurs.sum().backward();
            }
            assertThat(largest(leaf.grad(), gradient)).isLessThan(1e-6);
        }
    }

    /** What hooks do in passes without gradients. */
    @Test
    void theResultHasStorageOfItsOwn() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor x = torch.ones(32);
            Gelu.of(x).zero_();
            assertThat(Tensors.floats(x)).containsOnly(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFailureSaysHowToAvoidIt(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.avx512();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            assertThatThrownBy(() -> Gelu.of(torch.ones(3), kernels, Precision.FLOAT32, 0))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("code 1 at GELU of 3 elements; -Dinlay.kernels=libtorch avoids it");
        }
    }
}
