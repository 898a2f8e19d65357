package dev.inlay.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Kind;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class GradientsTest {
    private static List<Parameter> parameters() {
        return List.of(
                parameter("a", new float[] {2, -4}), parameter("b", new float[] {4}), parameter("c", new float[0]));
    }

    private static Parameter parameter(String name, float[] gradient) {
        Tensor tensor = Tensors.of(new float[Math.max(1, gradient.length)], Math.max(1, gradient.length))
                .set_requires_grad(true);
        if (gradient.length > 0) {
            tensor.mutable_grad().put(Tensors.of(gradient, gradient.length));
        }
        return new Parameter(name, tensor, Kind.WEIGHT);
    }

    private static float[] gradient(Parameter p) {
        return Tensors.floats(p.tensor().grad());
    }

    @Test
    void scalesAllGradientsToTheLargestNorm() {
        try (PointerScope scope = new PointerScope()) {
            List<Parameter> parameters = parameters();
            assertThat(Gradients.clip(parameters, 1.5)).isCloseTo(6, within(1e-6));
            assertThat(gradient(parameters.get(0))).containsExactly(new float[] {0.5f, -1}, within(1e-6f));
            assertThat(gradient(parameters.get(1))).containsExactly(new float[] {1}, within(1e-6f));
            assertThat(parameters.get(2).tensor().grad().defined()).isFalse();
        }
    }

    @Test
    void leavesSmallerGradientsToTheBit() {
        try (PointerScope scope = new PointerScope()) {
            List<Parameter> parameters = parameters();
            assertThat(Gradients.clip(parameters, 6.001)).isCloseTo(6, within(1e-6));
            assertThat(Gradients.clip(parameters, Double.POSITIVE_INFINITY)).isCloseTo(6, within(1e-6));
            assertThat(gradient(parameters.get(0))).containsExactly(2, -4);
        }
    }

    @Test
    void noGradientHasNormZero() {
        try (PointerScope scope = new PointerScope()) {
            assertThat(Gradients.clip(List.of(parameter("a", new float[0])), 1)).isZero();
        }
    }

    @Test
    void namesTheFirstGradientThatIsNotFiniteAndClipsNothing() {
        try (PointerScope scope = new PointerScope()) {
            List<Parameter> parameters =
                    List.of(parameter("fine", new float[] {9}), parameter("blocks.1.bad", new float[] {1, Float.NaN}));
            assertThatThrownBy(() -> Gradients.clip(parameters, 1))
                    .isInstanceOf(InlayException.class)
                    .hasMessageStartingWith("the norm of the gradients is NaN, first in blocks.1.bad");
            assertThat(gradient(parameters.get(0))).containsExactly(9);
        }
    }

    @Test
    void refusesANormThatIsNotPositive() {
        assertThatThrownBy(() -> Gradients.clip(List.of(), Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxNorm: expected a number above 0, found NaN");
    }
}
