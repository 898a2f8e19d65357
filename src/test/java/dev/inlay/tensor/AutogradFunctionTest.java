package dev.inlay.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.tensor.AutogradFunction.Input;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class AutogradFunctionTest {
    static {
        LibTorch.load();
    }

    private static Tensor leaf(long... shape) {
        Tensor leaf = torch.randn(shape);
        leaf.set_requires_grad(true);
        return leaf;
    }

    /** x², (B, n) to (B, 1), so that both shapes differ. */
    private static Tensor sumOfSquares(AutogradFunction own, Tensor x) {
        Tensor y;
        try (NoGradGuard guard = new NoGradGuard()) {
            y = x.mul(x).sum(1).unsqueeze(1);
        }
        Input input = new Input(x, (gradient, kept) -> kept.get(0).mul(gradient).mul(new Scalar(2.0)));
        return own.of(y, List.of(input), x.detach());
    }

    @Test
    void theGradientGoesOnToTheInputAndMeetsThoseOfOthers() {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor leaf = leaf(3, 5);
            Tensor x = leaf.mul(new Scalar(3.0));
            Tensor y = sumOfSquares(own, x);
            assertThat(Tensors.floats(y))
                    .containsExactly(Tensors.floats(x.mul(x).sum(1)));
            y.mul(y).sum().add(x.sum()).backward();

            Tensor again = leaf.detach().clone();
            again.set_requires_grad(true);
            Tensor plain = again.mul(new Scalar(3.0));
            Tensor squares = plain.mul(plain).sum(1);
            squares.mul(squares).sum().add(plain.sum()).backward();
            assertThat(leaf.grad().allclose(again.grad())).isTrue();
        }
    }

    @Test
    void anInputMayBeALeafAndMayBeUsedTwice() {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor leaf = leaf(2, 4);
            sumOfSquares(own, leaf).add(sumOfSquares(own, leaf)).sum().backward();
            assertThat(leaf.grad().allclose(leaf.detach().mul(new Scalar(4.0)))).isTrue();
        }
    }

    /** a² b c, (B, n) to (B, 1): each input has a gradient of its own. */
    @Test
    void aFunctionMayHaveSeveralInputs() {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor a = leaf(3, 1);
            Tensor b = leaf(3, 1);
            Tensor c = leaf(1);
            Tensor y;
            try (NoGradGuard guard = new NoGradGuard()) {
                y = a.square().mul(b).mul(c);
            }
            Tensor result = own.of(
                    y,
                    List.of(
                            new Input(a, (g, kept) -> g.mul(kept.get(0))
                                    .mul(kept.get(1))
                                    .mul(kept.get(2))
                                    .mul(new Scalar(2))),
                            new Input(
                                    b, (g, kept) -> g.mul(kept.get(0).square()).mul(kept.get(2))),
                            new Input(c, (g, kept) -> g.mul(kept.get(0).square())
                                    .mul(kept.get(1))
                                    .sum(0))),
                    a,
                    b,
                    c);
            result.square().sum().backward();
            List<Tensor> own3 =
                    List.of(a.grad().clone(), b.grad().clone(), c.grad().clone());
            for (Tensor leaf : List.of(a, b, c)) {
                leaf.mutable_grad().reset();
            }
            a.square().mul(b).mul(c).square().sum().backward();
            assertThat(own3.get(0).allclose(a.grad())).isTrue();
            assertThat(own3.get(1).allclose(b.grad())).isTrue();
            assertThat(own3.get(2).allclose(c.grad())).isTrue();
        }
    }

    @Test
    void whatAGradientThrowsEndsBackward() {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor leaf = leaf(2, 4);
            Input input = new Input(leaf, (gradient, kept) -> {
                throw new IllegalStateException("no gradient today");
            });
            Tensor y = own.of(torch.ones(2, 1), List.of(input));
            assertThatThrownBy(() -> y.sum().backward()).hasMessageContaining("no gradient today");
        }
    }

    /** Backward runs in the scope of a whole step, which must not be what frees gradients. */
    @Test
    void theGradientOfTheResultIsFreedWhenItIsUsed() {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor leaf = leaf(2, 4);
            long plain = usesAfterBackward(leaf.sum(1).unsqueeze(1));
            assertThat(usesAfterBackward(sumOfSquares(own, leaf))).isEqualTo(plain);
        }
    }

    private static long usesAfterBackward(Tensor y) {
        Tensor gradient = torch.ones(2, 1);
        y.backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
        return gradient.use_count();
    }

    @Test
    void theInnermostCountsAndNoneIsLeftBehind() {
        assertThat(AutogradFunction.current()).isEmpty();
        try (AutogradFunction outer = new AutogradFunction()) {
            try (AutogradFunction inner = new AutogradFunction()) {
                assertThat(AutogradFunction.current()).containsSame(inner);
            }
            assertThat(AutogradFunction.current()).containsSame(outer);
        }
        assertThat(AutogradFunction.current()).isEmpty();
    }

    @Test
    void hooksOutliveGarbageCollectionsAndLeaveNothing() {
        long pointers = -1;
        for (int i = 0; i < 300; i++) {
            try (PointerScope scope = new PointerScope();
                    AutogradFunction own = new AutogradFunction()) {
                Tensor leaf = leaf(2, 4);
                Tensor y = sumOfSquares(own, leaf);
                if (i % 100 == 0) {
                    System.gc();
                }
                y.sum().backward();
                assertThat(leaf.grad().defined()).isTrue();
            }
            if (i == 50) {
                pointers = org.bytedeco.javacpp.Pointer.totalCount();
            }
        }
        assertThat(org.bytedeco.javacpp.Pointer.totalCount()).isLessThanOrEqualTo(pointers + 5);
    }
}
