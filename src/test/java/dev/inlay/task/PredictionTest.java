package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** From logits to labels and probabilities. */
class PredictionTest {
    private static Prediction of(float... logits) {
        return new Prediction("a.png", List.of("ant", "bee", "cat", "dog"), logits);
    }

    @Test
    void theLargestLogitGivesIndexAndLabel() {
        Prediction prediction = of(0, 1, 3, 2);
        assertThat(prediction.index()).isEqualTo(2);
        assertThat(prediction.label()).isEqualTo("cat");
        // e³ / (1 + e + e² + e³)
        assertThat(prediction.score()).isCloseTo(0.6439142598879722, within(1e-15));
        assertThat(prediction.probabilities()[0]).isCloseTo(0.0320586032800, within(1e-12));
    }

    @Test
    void aTemperatureChangesProbabilitiesAndNeitherLogitsNorOrder() {
        Prediction plain = of(0, 1, 3, 2);
        Prediction calm = new Prediction("a.png", plain.labels(), new float[] {0, 2, 6, 4}, 2);
        assertThat(calm.probabilities()).containsExactly(plain.probabilities());
        assertThat(calm.logits()).containsExactly(0, 2, 6, 4);
        assertThat(calm.top(4))
                .extracting(Prediction.Ranked::index)
                .isEqualTo(plain.top(4).stream().map(Prediction.Ranked::index).toList());
    }

    @Test
    void ofEqualLogitsTheLowestIndexComesFirst() {
        Prediction prediction = of(1, 2, 2, 1);
        assertThat(prediction.index()).isEqualTo(1);
        assertThat(prediction.top(4)).extracting(Prediction.Ranked::index).containsExactly(1, 2, 0, 3);
    }

    @Test
    void theTopClassesComeWithNamesAndScores() {
        List<Prediction.Ranked> top = of(0, 1, 3, 2).top(2);
        assertThat(top).extracting(Prediction.Ranked::label).containsExactly("cat", "dog");
        assertThat(top.get(0).score()).isEqualTo(of(0, 1, 3, 2).score());
        assertThat(of(0, 1, 3, 2).top(9)).hasSize(4);
    }

    @Test
    void largeLogitsDoNotOverflow() {
        assertThat(of(1e30f, 0, -1e30f, 1e30f).probabilities()).containsExactly(0.5, 0, 0, 0.5);
    }
}
