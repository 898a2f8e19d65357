package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.data.LabelSpace;
import java.util.List;
import java.util.Map;
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

    @Test
    void ofASetOfClassesThoseAboveTheirThresholdsAreThere() {
        LabelSpace labels = new LabelSpace.ClassSet(List.of("ant", "bee", "cat"), List.of(0.5, 0.9, 0.2));
        Prediction prediction = new Prediction("a.png", labels, new float[] {0, 2, -1}, 1);
        assertThat(prediction.probabilities())
                .containsExactly(new double[] {0.5, 0.8807970779778823, 0.2689414213699951}, within(1e-15));
        assertThat(prediction.classes()).extracting(Prediction.Ranked::label).containsExactly("ant", "cat");
        assertThat(prediction.top(1).get(0).label()).isEqualTo("bee");
        assertThat(prediction).hasToString("a.png: ant (50.0 %), cat (26.9 %)");
        assertThat(new Prediction("b.png", labels, new float[] {-9, -9, -9}, 1)).hasToString("b.png: none");
        assertThatThrownBy(prediction::numbers).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void numbersAreThoseOfTheTrainingImagesScale() {
        LabelSpace labels = new LabelSpace.Numbers(List.of("area", "width"), List.of(40.0, 7.0), List.of(10.0, 0.5));
        Prediction prediction = new Prediction("a.png", labels, new float[] {-1.5f, 2}, 1);
        assertThat(prediction.numbers()).containsExactly(Map.entry("area", 25.0), Map.entry("width", 8.0));
        assertThat(prediction).hasToString("a.png: area 25.00, width 8.000");
        assertThatThrownBy(prediction::probabilities)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a.png: the task predicts numbers, not classes");
    }
}
