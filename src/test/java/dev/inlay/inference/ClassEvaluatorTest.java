package dev.inlay.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.record.CalibrationRecord;
import dev.inlay.record.ClassQuality;
import dev.inlay.record.ClassificationReport;
import dev.inlay.record.Interval;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.Golden;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassEvaluatorTest {
    private static final JsonNode META = Golden.json("metrics/meta.json");
    private static final Golden LOGITS = Golden.tensors("metrics/logits.safetensors");

    @ParameterizedTest
    @ValueSource(strings = {"seven", "three", "hundred", "extreme"})
    void matchesTheGoldenAnswers(String name) {
        float[] logits = LOGITS.floats(name + ".logits");
        int[] labels = LOGITS.ints(name + ".labels");
        int classes = logits.length / labels.length;
        JsonNode expected = META.get("answers").get(name);
        double accuracies = META.get("tolerance").get("accuracies").asDouble();
        double losses = META.get("tolerance").get("losses_relative").asDouble();

        ClassEvaluation plain = evaluateInTwoBatches(new ClassEvaluator(classes), logits, labels);
        assertThat(plain.examples()).isEqualTo(labels.length);
        assertThat(plain.top1()).isCloseTo(expected.get("top1").asDouble(), within(accuracies));
        assertThat(plain.top5()).isCloseTo(expected.get("top5").asDouble(), within(accuracies));
        assertThat(plain.meanPerClass())
                .isCloseTo(expected.get("mean_per_class").asDouble(), within(accuracies));
        assertThat(plain.crossEntropy())
                .isCloseTo(expected.get("cross_entropy").asDouble(), Percentage.withPercentage(100 * losses));

        ClassEvaluator smoothing =
                new ClassEvaluator(classes, META.get("smoothing").asDouble(), 1);
        assertThat(evaluateInTwoBatches(smoothing, logits, labels).crossEntropy())
                .isCloseTo(expected.get("cross_entropy_smoothed").asDouble(), Percentage.withPercentage(100 * losses));
    }

    @ParameterizedTest
    @ValueSource(strings = {"seven", "three", "hundred", "extreme"})
    void matchesTheGoldenClassification(String name) {
        float[] logits = LOGITS.floats(name + ".logits");
        int[] labels = LOGITS.ints(name + ".labels");
        int classes = logits.length / labels.length;
        JsonNode expected = Golden.json("metrics/classification.json").get(name);
        ClassEvaluation evaluation = evaluateInTwoBatches(new ClassEvaluator(classes), logits, labels);
        ClassificationReport report = evaluation
                .confusion(
                        IntStream.range(0, classes).mapToObj(Integer::toString).toList())
                .report();

        JsonNode perClass = expected.get("per_class");
        assertThat(report.perClass()).hasSize(perClass.size());
        for (ClassQuality quality : report.perClass()) {
            JsonNode row = perClass.get(quality.name());
            assertThat(quality.support()).isEqualTo(row.get(0).longValue());
            assertShares(quality, row.get(1), row.get(2), row.get(3));
        }
        for (ClassQuality average : List.of(report.macro(), report.weighted())) {
            JsonNode row = expected.get(average.name().split(" ")[0]);
            assertThat(average.support()).isEqualTo(labels.length);
            assertShares(average, row.get(0), row.get(1), row.get(2));
        }
        Interval interval = evaluation.quality().top1Interval();
        assertThat(interval.low()).isCloseTo(expected.get("wilson").get(0).doubleValue(), within(1e-8));
        assertThat(interval.high()).isCloseTo(expected.get("wilson").get(1).doubleValue(), within(1e-8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sure", "unsure", "many"})
    void matchesTheGoldenCalibrationAtOneAndAtTheFittedTemperature(String name) {
        Golden drawn = Golden.tensors("metrics/calibration.safetensors");
        float[] logits = drawn.floats(name + ".logits");
        int[] labels = drawn.ints(name + ".labels");
        int classes = logits.length / labels.length;
        JsonNode expected = Golden.json("metrics/calibration.json").get(name);

        double temperature = Temperature.fit(logits, labels).orElseThrow();
        assertThat(temperature).isCloseTo(expected.get("temperature").doubleValue(), within(1e-6));

        ClassEvaluation plain = evaluateInTwoBatches(new ClassEvaluator(classes), logits, labels);
        ClassEvaluation fitted = evaluateInTwoBatches(new ClassEvaluator(classes, 0, temperature), logits, labels);
        assertCalibration(plain, expected.get("at_one"));
        assertCalibration(fitted, expected.get("at_best"));
        assertThat(plain.calibration().errorAtOne()).isNull();
        assertThat(fitted.calibration().errorAtOne())
                .isEqualTo(plain.calibration().error());
        assertThat(fitted.calibration().bins().stream().mapToLong(CalibrationRecord.Bin::examples))
                .hasSize(15);
        assertThat(fitted.calibration().bins().stream()
                        .mapToLong(CalibrationRecord.Bin::examples)
                        .sum())
                .isEqualTo(labels.length);
        assertThat(fitted.predictions())
                .extracting(EvaluatedExample::predicted)
                .isEqualTo(plain.predictions().stream()
                        .map(EvaluatedExample::predicted)
                        .toList());
    }

    private static void assertCalibration(ClassEvaluation evaluation, JsonNode expected) {
        assertThat(evaluation.crossEntropy())
                .isCloseTo(expected.get("cross_entropy").doubleValue(), within(1e-9));
        assertThat(evaluation.calibration().error())
                .isCloseTo(expected.get("error").doubleValue(), within(1e-6));
    }

    @Test
    void noTemperatureIsBestWhereAllIsRightOrNothingIsLearned() {
        assertThat(Temperature.fit(new float[] {2, 1, 0, 3}, new int[] {0, 1})).isEmpty();
        assertThat(Temperature.fit(new float[] {2, 1, 0, 3}, new int[] {1, 0})).isEmpty();
        assertThat(Temperature.fit(new float[] {1, 1, 2, 2}, new int[] {1, 0})).isEmpty();
        // one of three wrong by one logit: 2 σ(−β) = σ(β), so β = ln 2
        assertThat(Temperature.fit(new float[] {1, 0, 1, 0, 1, 0}, new int[] {0, 0, 1}))
                .hasValueCloseTo(1 / Math.log(2), within(1e-12));
    }

    private static void assertShares(ClassQuality quality, JsonNode precision, JsonNode recall, JsonNode f1) {
        assertThat(new double[] {quality.precision(), quality.recall(), quality.f1()})
                .containsExactly(
                        new double[] {precision.doubleValue(), recall.doubleValue(), f1.doubleValue()}, within(1e-12));
    }

    private static ClassEvaluation evaluateInTwoBatches(ClassEvaluator evaluator, float[] logits, int[] labels) {
        int classes = logits.length / labels.length;
        int cut = labels.length / 2;
        evaluator.add(Arrays.copyOf(logits, cut * classes), Arrays.copyOf(labels, cut));
        float[] rest = Arrays.copyOfRange(logits, cut * classes, logits.length);
        try (PointerScope scope = new PointerScope()) {
            evaluator.add(
                    Tensors.of(rest, labels.length - cut, classes), Arrays.copyOfRange(labels, cut, labels.length));
        }
        return evaluator.result();
    }

    @Test
    void lowerClassComesFirstAmongEqualLogits() {
        ClassEvaluator evaluator = new ClassEvaluator(7);
        evaluator.add(new float[7], new int[] {0});
        evaluator.add(new float[7], new int[] {4});
        evaluator.add(new float[7], new int[] {5});
        ClassEvaluation evaluation = evaluator.result();
        assertThat(evaluation.top1()).isCloseTo(1 / 3.0, within(1e-15));
        assertThat(evaluation.top5()).isCloseTo(2 / 3.0, within(1e-15));
        assertThat(evaluation.predictions())
                .extracting(EvaluatedExample::predicted)
                .containsOnly(0);
        assertThat(evaluation.predictions().get(0).probability()).isCloseTo(1 / 7.0, within(1e-15));
    }

    @Test
    void countsConfusionsByLabelThenPrediction() {
        ClassEvaluator evaluator = new ClassEvaluator(3);
        evaluator.add(new float[] {0, 1, 0, 5, 0, 0, 0, 0, 2}, new int[] {2, 0, 2});
        ClassEvaluation evaluation = evaluator.result();
        assertThat(evaluation.confusion())
                .isEqualTo(new ConfusionCounts(new int[][] {{1, 0, 0}, {0, 0, 0}, {0, 1, 1}}));
        assertThat(evaluation.confusion().accuracy(2)).isEqualTo(0.5);
        assertThat(evaluation.confusion().accuracy(1)).isNaN();
        assertThat(evaluation.meanPerClass()).isEqualTo(0.75);
        assertThat(evaluation.predictions())
                .extracting(EvaluatedExample::correct)
                .containsExactly(false, true, true);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void namesTheLogitThatIsNotFinite(float bad) {
        ClassEvaluator evaluator = new ClassEvaluator(2);
        evaluator.add(new float[] {1, 0}, new int[] {0});
        assertThatThrownBy(() -> evaluator.add(new float[] {1, 0, 0, bad}, new int[] {0, 1}))
                .isInstanceOf(InlayException.class)
                .hasMessageStartingWith("example 2: the logit of class 1 is " + bad);
        assertThat(evaluator.result().examples()).isEqualTo(1);
    }

    @Test
    void refusesWhatDoesNotFit() {
        ClassEvaluator evaluator = new ClassEvaluator(2);
        assertThatThrownBy(() -> evaluator.add(new float[] {1, 0}, new int[] {2}))
                .isInstanceOf(DataException.class)
                .hasMessage("example 0: expected a label from 0 to 1, found 2");
        assertThatThrownBy(() -> evaluator.add(new float[3], new int[] {0}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits: expected 1 × 2 numbers, found 3");
        try (PointerScope scope = new PointerScope()) {
            assertThatThrownBy(() -> evaluator.add(Tensors.of(new float[4], 1, 4), new int[] {0, 1}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("logits: expected shape [2, 2], found [1, 4]");
        }
        assertThatThrownBy(evaluator::result).isInstanceOf(DataException.class);
    }
}
