package dev.inlay.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.record.LabelQuality;
import dev.inlay.record.MultiLabelQuality;
import dev.inlay.record.NumberQuality;
import dev.inlay.record.RegressionQuality;
import dev.inlay.train.Golden;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Sets of classes and numbers, against scripts/fixtures/labels.py, which agrees with scikit-learn 1.9.1. */
class LabelEvaluatorTest {
    private static final JsonNode META = Golden.json("labels/meta.json");
    private static final Golden STORED = Golden.tensors("labels/outputs.safetensors");
    private static final List<String> CLASSES = List.of("a", "b", "c", "d", "never");

    private static List<Double> list(JsonNode numbers) {
        return StreamSupport.stream(numbers.spliterator(), false)
                .map(number -> number.isNull() ? null : number.doubleValue())
                .toList();
    }

    private static Evaluation inTwoBatches(Evaluator evaluator, String kind, int outputs) {
        float[] values = STORED.floats(kind + ".outputs");
        float[] targets = STORED.floats(kind + ".targets");
        int half = 7 * outputs;
        evaluator.add(Arrays.copyOf(values, half), Arrays.copyOf(targets, half));
        evaluator.add(
                Arrays.copyOfRange(values, half, values.length), Arrays.copyOfRange(targets, half, targets.length));
        return evaluator.result();
    }

    @Test
    void setsOfClassesHaveTheGoldenMeasures() {
        JsonNode expected = META.get("multi");
        LabelSpace labels = new LabelSpace.ClassSet(CLASSES, list(META.get("thresholds")));
        Evaluation evaluation = inTwoBatches(Evaluator.of(labels, 1), "multi", 5);
        MultiLabelQuality quality = (MultiLabelQuality) evaluation.quality();
        assertThat(evaluation.score()).isEqualTo(quality.meanAveragePrecision());
        assertThat(quality.meanAveragePrecision()).isCloseTo(expected.get("map").doubleValue(), within(1e-12));
        assertThat(quality.microF1()).isCloseTo(expected.get("micro_f1").doubleValue(), within(1e-12));
        assertThat(quality.macroF1())
                .isCloseTo(
                        list(expected.get("f1")).stream()
                                .mapToDouble(f1 -> f1)
                                .average()
                                .orElseThrow(),
                        within(1e-12));
        assertThat(evaluation.loss())
                .isCloseTo(
                        list(expected.get("loss")).stream()
                                .mapToDouble(loss -> loss)
                                .average()
                                .orElseThrow(),
                        within(1e-9));
        assertThat(quality.examples()).isEqualTo(40);
        for (int c = 0; c < CLASSES.size(); c++) {
            LabelQuality label = quality.perLabel().get(c);
            Double average = list(expected.get("average_precision")).get(c);
            if (average == null) {
                assertThat(label.averagePrecision()).isNull();
                assertThat(label.support()).isZero();
            } else {
                assertThat(label.averagePrecision()).isCloseTo(average, within(1e-12));
            }
            assertThat(label.precision())
                    .isCloseTo(list(expected.get("precision")).get(c), within(1e-12));
            assertThat(label.recall()).isCloseTo(list(expected.get("recall")).get(c), within(1e-12));
            assertThat(label.f1()).isCloseTo(list(expected.get("f1")).get(c), within(1e-12));
        }
    }

    /** No threshold that parts the images otherwise has a higher F1. */
    @Test
    void fittedThresholdsAreBestOnWhatTheyWereFittedTo() {
        LabelSpace.ClassSet half = (LabelSpace.ClassSet) LabelSpace.setOf(CLASSES);
        ClassSetEvaluator evaluator = new ClassSetEvaluator(half);
        MultiLabelQuality plain =
                (MultiLabelQuality) inTwoBatches(evaluator, "multi", 5).quality();
        LabelSpace.ClassSet fitted = evaluator.fitted();
        MultiLabelQuality best = (MultiLabelQuality)
                inTwoBatches(new ClassSetEvaluator(fitted), "multi", 5).quality();
        assertThat(best.macroF1()).isGreaterThan(plain.macroF1());
        for (int c = 0; c < 4; c++) {
            for (int n = 1; n < 100; n++) {
                List<Double> others = new java.util.ArrayList<>(fitted.thresholds());
                others.set(c, n / 100.0);
                MultiLabelQuality other = (MultiLabelQuality)
                        inTwoBatches(new ClassSetEvaluator(new LabelSpace.ClassSet(CLASSES, others)), "multi", 5)
                                .quality();
                assertThat(other.perLabel().get(c).f1())
                        .isLessThanOrEqualTo(best.perLabel().get(c).f1());
            }
        }
        assertThat(fitted.thresholds().get(4))
                .as("of a class that no image has")
                .isEqualTo(0.5);
    }

    @Test
    void numbersHaveTheGoldenMeasures() {
        JsonNode expected = META.get("numbers");
        LabelSpace labels =
                new LabelSpace.Numbers(List.of("x", "y", "z"), list(META.get("means")), list(META.get("deviations")));
        Evaluation evaluation = inTwoBatches(Evaluator.of(labels, 1), "numbers", 3);
        RegressionQuality quality = (RegressionQuality) evaluation.quality();
        for (int k = 0; k < 3; k++) {
            NumberQuality number = quality.perNumber().get(k);
            assertThat(number.r2()).isCloseTo(list(expected.get("r2")).get(k), within(1e-9));
            double mae = list(expected.get("mae")).get(k);
            double rmse = list(expected.get("rmse")).get(k);
            assertThat(number.mae()).isCloseTo(mae, within(1e-9 * mae));
            assertThat(number.rmse()).isCloseTo(rmse, within(1e-9 * rmse));
        }
        assertThat(evaluation.score())
                .isEqualTo(quality.r2())
                .isCloseTo(
                        list(expected.get("r2")).stream()
                                .mapToDouble(r2 -> r2)
                                .average()
                                .orElseThrow(),
                        within(1e-9));
        assertThat(evaluation.loss())
                .isCloseTo(
                        list(expected.get("loss")).stream()
                                .mapToDouble(loss -> loss)
                                .average()
                                .orElseThrow(),
                        within(1e-5));
    }

    /** As scikit-learn's r2_score with force_finite. */
    @Test
    void targetsThatAreAllTheSameAreMetOrNot() {
        LabelSpace labels = LabelSpace.numbers(List.of("x"), List.of(new float[] {1}, new float[] {3}));
        Evaluator met = Evaluator.of(labels, 1);
        met.add(new float[] {0, 0}, new float[] {2, 2});
        assertThat(met.result().score()).isEqualTo(1);
        Evaluator missed = Evaluator.of(labels, 1);
        missed.add(new float[] {0, 1}, new float[] {2, 2});
        assertThat(missed.result().score()).isZero();
    }

    @Test
    void whatCannotBeEvaluatedIsNamed() {
        Evaluator evaluator = Evaluator.of(LabelSpace.setOf(List.of("a", "b")), 1);
        assertThatThrownBy(evaluator::result)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("at least one example");
        assertThatThrownBy(() -> evaluator.add(new float[] {1, Float.NaN}, new float[] {1, 0}))
                .isInstanceOf(InlayException.class)
                .hasMessageStartingWith("example 0: the output b is NaN, not a finite number");
        assertThatThrownBy(() -> evaluator.add(new float[] {1, 1, 1}, new float[] {1, 0, 1}))
                .isInstanceOf(IllegalArgumentException.class);
        evaluator.add(new float[] {1, 1}, new float[] {0, 0});
        assertThatThrownBy(evaluator::result)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no image has any of the classes");
    }
}
