package dev.inlay.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.error.ConfigException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClassWeightsTest {
    private static final List<String> NAMES = List.of("a", "b", "c");

    /** scikit-learn 1.x: {@code compute_class_weight("balanced", classes=[0, 1, 2], y=6*[0] + 3*[1] + 1*[2])}. */
    @Test
    void balancedOnesAreThoseOfScikitLearn() {
        assertThat(ClassWeights.BALANCED.over(NAMES, new long[] {6, 3, 1}))
                .usingComparatorForType((x, y) -> Math.abs(x - y) < 1e-12 ? 0 : 1, Double.class)
                .containsExactly(10 / 18.0, 10 / 9.0, 10 / 3.0);
    }

    @Test
    void aClassWithoutImagesChangesNoOtherWeight() {
        List<Double> weights = ClassWeights.BALANCED.over(NAMES, new long[] {6, 0, 2});
        assertThat(weights.get(0)).isCloseTo(8 / 12.0, within(1e-12));
        assertThat(weights.get(2)).isCloseTo(8 / 4.0, within(1e-12));
        assertThat(weights.get(1)).isPositive().isFinite();
    }

    @Test
    void namedOnesAreScaledToAMeanOfOneOverTheImages() {
        long[] images = {6, 3, 1};
        List<Double> weights = ClassWeights.named(Map.of("a", 0.5, "c", 8.0)).over(NAMES, images);
        assertThat(weights.get(2) / weights.get(0)).isCloseTo(16, within(1e-12));
        assertThat(weights.get(1) / weights.get(0)).as("not named").isCloseTo(2, within(1e-12));
        assertThat(IntStream.range(0, 3)
                        .mapToDouble(i -> images[i] * weights.get(i))
                        .sum())
                .isCloseTo(10, within(1e-12));
    }

    @Test
    void noneAreNone() {
        assertThat(ClassWeights.NONE.over(NAMES, new long[] {6, 3, 1})).isEmpty();
    }

    @Test
    void unknownClassesAreNamedTogetherWithThoseThatThereAre() {
        assertThatThrownBy(() ->
                        ClassWeights.named(Map.of("d", 1.0, "a", 2.0, "B", 3.0)).over(NAMES, new long[] {1, 1, 1}))
                .isInstanceOf(ConfigException.class)
                .hasMessage("train.classWeights: there is no class B, d; the classes are a, b, c");
    }
}
