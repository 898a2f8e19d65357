package dev.inlay.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.error.ConfigException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TokenProductTest {
    static {
        LibTorch.load();
    }

    @AfterEach
    void asBefore() {
        System.clearProperty(ProductLibrary.PROPERTY);
    }

    /** Shapes around the border between the two ways, and odd ones. */
    @ParameterizedTest
    @CsvSource({
        "1, 255, 8, 24, true",
        "1, 256, 8, 24, true",
        "2, 197, 48, 144, true",
        "3, 131, 17, 5, false",
        "300, 1, 33, 7, true",
        "16, 50, 192, 64, false"
    })
    void bothLibrariesGiveTheProductAndItsGradient(int images, int tokens, int in, int out, boolean biased) {
        try (PointerScope scope = new PointerScope()) {
            Tensor leaf = torch.randn(images, tokens, in);
            Tensor matrix = torch.randn(out, in);
            Tensor bias = biased ? torch.randn(out) : null;
            Tensor weights = torch.randn(images, tokens, out);
            Passed plain = passed(ProductLibrary.BLAS, leaf, matrix, bias, weights);
            Passed other = passed(ProductLibrary.ONEDNN, leaf, matrix, bias, weights);
            double size = Math.sqrt(in);
            assertThat(difference(plain.y, other.y)).isLessThan(1e-5 * size);
            assertThat(difference(plain.ofX, other.ofX)).isLessThan(1e-5 * Math.sqrt(out));
            assertThat(difference(plain.ofMatrix, other.ofMatrix)).isLessThan(1e-5 * Math.sqrt(images * tokens));
            assertThat(Tensors.shape(other.y)).containsExactly(images, tokens, out);
            assertThat(other.y.is_contiguous()).isTrue();
        }
    }

    /** Both multiply bfloat16 numbers without error and add them up in float32, so that only the result is rounded. */
    @ParameterizedTest
    @EnumSource
    void bf16RoundsTheResultAlone(ProductLibrary library) {
        assumeTrue(Precision.BF16.isNative(Device.CPU), "SKIPPED: this CPU has no instructions for bf16");
        try (PointerScope scope = new PointerScope()) {
            Tensor leaf = Precision.BF16.of(torch.randn(2, 197, 48));
            Tensor matrix = Precision.BF16.of(torch.randn(144, 48));
            Tensor bias = Precision.BF16.of(torch.randn(144));
            Tensor weights = Precision.BF16.of(torch.randn(2, 197, 144));
            Passed passed = passed(library, leaf, matrix, bias, weights);
            Tensor y = torch.linear(
                    Precision.FLOAT32.of(leaf),
                    Precision.FLOAT32.of(matrix),
                    Tensors.optional(Precision.FLOAT32.of(bias)));
            Tensor ofX = Precision.FLOAT32.of(weights).matmul(Precision.FLOAT32.of(matrix));
            assertThat(Precision.BF16.is(passed.y)).isTrue();
            assertThat(Precision.BF16.is(passed.ofX)).isTrue();
            assertThat(roundings(passed.y, y)).isLessThanOrEqualTo(1.01);
            assertThat(roundings(passed.ofX, ofX)).isLessThanOrEqualTo(1.01);
        }
    }

    /** The largest difference, in units of the largest rounding error of bfloat16; sums near zero count as of size one. */
    private static double roundings(Tensor rounded, Tensor exact) {
        Tensor size = exact.abs().clamp_min(new Scalar(1.0));
        return difference(Precision.FLOAT32.of(rounded).div(size), exact.div(size)) * 256;
    }

    private record Passed(Tensor y, Tensor ofX, Tensor ofMatrix) {}

    private static Passed passed(ProductLibrary library, Tensor value, Tensor matrix, Tensor bias, Tensor weights) {
        System.setProperty(ProductLibrary.PROPERTY, library.toString());
        Tensor leaf = value.clone();
        leaf.set_requires_grad(true);
        Tensor trained = matrix.clone();
        trained.set_requires_grad(true);
        try (AutogradFunction own = new AutogradFunction()) {
            Tensor frozen = TokenProduct.of(leaf.mul(new Scalar(1.0)), matrix, bias);
            frozen.mul(weights).sum().backward();
            Tensor ofX = leaf.grad().clone();
            leaf.mutable_grad().reset();
            Tensor y = TokenProduct.of(leaf.mul(new Scalar(1.0)), trained, bias);
            y.mul(weights).sum().backward();
            assertThat(difference(ofX, leaf.grad())).isZero();
            return new Passed(y.detach(), ofX, trained.grad());
        }
    }

    private static double difference(Tensor a, Tensor b) {
        return a.sub(b).abs().max().item_double();
    }

    @Test
    void aTrainedBiasGetsItsGradient() {
        System.setProperty(ProductLibrary.PROPERTY, "onednn");
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor bias = torch.zeros(6);
            bias.set_requires_grad(true);
            TokenProduct.of(torch.ones(2, 200, 4), torch.ones(6, 4), bias).sum().backward();
            assertThat(Tensors.floats(bias.grad())).containsOnly(400);
        }
    }

    /** A matrix that is itself computed may be freed by its scope before backward. */
    @Test
    void whatTheGradientsReadIsKept() {
        System.setProperty(ProductLibrary.PROPERTY, "onednn");
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor scale = torch.ones(6, 1);
            scale.set_requires_grad(true);
            Tensor leaf = torch.ones(2, 200, 4);
            leaf.set_requires_grad(true);
            Tensor y = Tensors.scoped(() ->
                    TokenProduct.of(leaf.mul(new Scalar(2.0)), torch.ones(6, 4).mul(scale), null));
            y.sum().backward();
            assertThat(Tensors.floats(scale.grad())).containsOnly(2 * 4 * 400);
            assertThat(Tensors.floats(leaf.grad())).containsOnly(12);
        }
    }

    /** The point of the gradient of our own: after the product its input is freed. */
    @Test
    void theInputIsNotKept() {
        System.setProperty(ProductLibrary.PROPERTY, "onednn");
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor leaf = torch.randn(2, 200, 4);
            leaf.set_requires_grad(true);
            Tensor x = leaf.mul(new Scalar(1.0));
            long before = x.use_count();
            Tensors.scoped(() -> TokenProduct.of(x, torch.ones(6, 4), null));
            assertThat(x.use_count()).isEqualTo(before);
        }
    }

    @Test
    void withoutAnybodyToKeepHooksTheProductIsLibTorchs() {
        System.setProperty(ProductLibrary.PROPERTY, "onednn");
        try (PointerScope scope = new PointerScope()) {
            Tensor leaf = torch.randn(2, 200, 4);
            leaf.set_requires_grad(true);
            TokenProduct.of(leaf, torch.ones(6, 4), null).sum().backward();
            assertThat(Tensors.floats(leaf.grad())).containsOnly(6);
        }
    }

    @Test
    void anUnknownLibraryIsRefused() {
        System.setProperty(ProductLibrary.PROPERTY, "mine");
        assertThatThrownBy(() -> ProductLibrary.of(Precision.FLOAT32))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("inlay.products: expected one of auto, blas, onednn, found mine");
    }
}
