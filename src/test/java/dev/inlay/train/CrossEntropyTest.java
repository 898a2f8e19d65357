package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.tensor.Tensors;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Against numbers of PyTorch 1.13 in double precision. */
class CrossEntropyTest {
    private static final float[] LOGITS = {1.5f, -0.5f, 0.25f, 0f, 2f, -1f, -2f, 0.5f, 1f, 0.75f, 0.75f, -0.25f};
    private static final long[] LABELS = {0, 2, 1, 2};
    private static final List<Double> WEIGHTS = List.of(0.5, 2.0, 1.25);

    @Test
    void weightsAreThoseOfPyTorch() {
        // F.cross_entropy(logits, labels, weight=weights, reduction="none")
        check(
                new CrossEntropy(0, WEIGHTS),
                0.1759759319014009,
                3.962307524445357,
                2.0091938046845668,
                2.3274935050728143);
    }

    /** Where PyTorch would spread the smoothing over the classes by their weights, an image has the weight of its label. */
    @Test
    void smoothingIsWeightedByTheLabel() {
        // weights[labels] * F.cross_entropy(logits, labels, reduction="none", label_smoothing=0.1)
        check(
                new CrossEntropy(0.1, WEIGHTS),
                0.23014259856806757,
                3.7956408577786904,
                2.1425271380179,
                2.244160171739481);
    }

    private static void check(CrossEntropy loss, double... expected) {
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = Tensors.of(LOGITS, 4, 3);
            Tensor labels = Tensors.of(LABELS, 4);
            double[] found = Tensors.doubles(loss.each(logits, labels));
            // two heads side by side, (G, C, B)
            Tensor both = logits.t().unsqueeze(0).expand(2, 3, 4);
            double[] twice = Tensors.doubles(loss.each(both, labels.unsqueeze(0).expand(2, 4)));
            for (int i = 0; i < expected.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(1e-6));
                assertThat(twice[i]).isCloseTo(expected[i], within(1e-6));
                assertThat(twice[expected.length + i]).isCloseTo(expected[i], within(1e-6));
            }
        }
    }
}
