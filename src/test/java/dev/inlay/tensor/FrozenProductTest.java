package dev.inlay.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrozenProductTest {
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
            assertThat(difference(plain.gradient, other.gradient)).isLessThan(1e-5 * Math.sqrt(out));
            assertThat(Tensors.shape(other.y)).containsExactly(images, tokens, out);
            assertThat(other.y.is_contiguous()).isTrue();
        }
    }

    private record Passed(Tensor y, Tensor gradient) {}

    private static Passed passed(ProductLibrary library, Tensor value, Tensor matrix, Tensor bias, Tensor weights) {
        System.setProperty(ProductLibrary.PROPERTY, library.toString());
        Tensor leaf = value.clone();
        leaf.set_requires_grad(true);
        try (OwnGradients own = new OwnGradients()) {
            Tensor y = FrozenProduct.of(leaf.mul(new Scalar(1.0)), matrix, bias);
            y.mul(weights).sum().backward();
            return new Passed(y.detach(), leaf.grad());
        }
    }

    private static double difference(Tensor a, Tensor b) {
        return a.sub(b).abs().max().item_double();
    }

    @Test
    void aTrainedBiasGetsItsGradient() {
        System.setProperty(ProductLibrary.PROPERTY, "onednn");
        try (PointerScope scope = new PointerScope();
                OwnGradients own = new OwnGradients()) {
            Tensor bias = torch.zeros(6);
            bias.set_requires_grad(true);
            FrozenProduct.of(torch.ones(2, 200, 4), torch.ones(6, 4), bias)
                    .sum()
                    .backward();
            assertThat(Tensors.floats(bias.grad())).containsOnly(400);
        }
    }

    /** The point of the gradient of our own: after the product its input is freed. */
    @Test
    void theInputIsNotKept() {
        System.setProperty(ProductLibrary.PROPERTY, "onednn");
        try (PointerScope scope = new PointerScope();
                OwnGradients own = new OwnGradients()) {
            Tensor leaf = torch.randn(2, 200, 4);
            leaf.set_requires_grad(true);
            Tensor x = leaf.mul(new Scalar(1.0));
            long before = x.use_count();
            Tensors.scoped(() -> FrozenProduct.of(x, torch.ones(6, 4), null));
            assertThat(x.use_count()).isEqualTo(before);
        }
    }

    @Test
    void withoutAnybodyToKeepHooksTheProductIsLibTorchs() {
        System.setProperty(ProductLibrary.PROPERTY, "onednn");
        try (PointerScope scope = new PointerScope()) {
            Tensor leaf = torch.randn(2, 200, 4);
            leaf.set_requires_grad(true);
            FrozenProduct.of(leaf, torch.ones(6, 4), null).sum().backward();
            assertThat(Tensors.floats(leaf.grad())).containsOnly(6);
        }
    }

    @Test
    void anUnknownLibraryIsRefused() {
        System.setProperty(ProductLibrary.PROPERTY, "mine");
        assertThatThrownBy(ProductLibrary::current)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("inlay.products: found 'mine', expected one of auto, blas, onednn");
    }
}
