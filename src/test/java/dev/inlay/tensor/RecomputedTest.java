package dev.inlay.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RecomputedTest {
    @BeforeAll
    static void load() {
        LibTorch.load();
    }

    private static Tensor leaf(float... values) {
        return Tensors.of(values, values.length).set_requires_grad(true);
    }

    @Test
    void gradientsAreThoseOfOneGraph() {
        try (PointerScope scope = new PointerScope()) {
            Tensor a = leaf(2, -3);
            Tensor b = leaf(0.5f, 4);
            List<Integer> calls = new ArrayList<>();
            List<UnaryOperator<Tensor>> functions = List.of(
                    x -> {
                        calls.add(0);
                        return x.mul(a).tanh();
                    },
                    x -> {
                        calls.add(1);
                        return x.mul(b).add(a);
                    });
            Tensor input = Tensors.of(new float[] {0.3f, 0.1f}, 2);
            Recomputed recomputed = new Recomputed(functions, input);
            assertThat(calls).containsExactly(0, 1);
            recomputed.output().square().sum().backward();
            assertThat(a.grad().defined()).isFalse();
            recomputed.backward();
            assertThat(calls).containsExactly(0, 1, 1, 0);
            float[] ofA = Tensors.floats(a.grad());
            float[] ofB = Tensors.floats(b.grad());
            a.mutable_grad().reset();
            b.mutable_grad().reset();
            functions.get(1).apply(functions.get(0).apply(input)).square().sum().backward();
            assertThat(ofA).isEqualTo(Tensors.floats(a.grad()));
            assertThat(ofB).isEqualTo(Tensors.floats(b.grad()));
        }
    }

    @Test
    void withoutFunctionsTheInputComesOutAsItIs() {
        try (PointerScope scope = new PointerScope()) {
            Tensor input = Tensors.of(new float[] {1}, 1);
            Recomputed nothing = new Recomputed(List.of(), input);
            assertThat(nothing.output()).isSameAs(input);
            assertThat(input.requires_grad()).isFalse();
            nothing.backward();
        }
    }
}
