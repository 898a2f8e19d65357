package dev.inlay.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.tensor.Precision;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** The sum is LibTorch's to the last bit, whoever computes it. */
class ResidualContractTest {
    @Test
    void everyTypeAndLayout() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor x = torch.randn(3, 7, 33);
            for (Tensor y : List.of(
                    torch.randn(3, 7, 33),
                    Precision.BF16.of(torch.randn(3, 7, 33)),
                    Precision.BF16.of(torch.randn(7, 3, 33)).transpose(0, 1),
                    Precision.BF16.of(torch.randn(1, 7, 33)))) {
                Tensor sum = Residual.add(x, y);
                assertThat(Precision.FLOAT32.is(sum)).isTrue();
                assertThat(sum.equal(x.add(y))).isTrue();
            }
        }
    }

    @Test
    void bothSummandsGetGradients() {
        try (PointerScope scope = new PointerScope()) {
            Tensor x = torch.randn(2, 5).requires_grad_(true);
            Tensor y = Precision.BF16.of(torch.randn(2, 5)).requires_grad_(true);
            Residual.add(x, y).sum().backward();
            assertThat(x.grad().equal(torch.ones_like(x))).isTrue();
            assertThat(y.grad().equal(torch.ones_like(y))).isTrue();
        }
    }
}
