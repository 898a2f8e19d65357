package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.Inputs;
import dev.inlay.parallel.Together;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.EpochEvaluation.Top1;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.MlpHead;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The moving average of what is trained: its formula, and who sees it. */
class AveragingTest {
    private static final int EPOCHS = 3;
    private static final Averaging AVERAGING = new Averaging(0.8, true);

    private static VisionTransformer backbone;
    private static Examples examples;
    private static int classes;

    /** What a training had after each step, what it was evaluated with after each epoch, and what it ended with. */
    private record Course(
            List<Double> losses,
            List<Map<String, float[]>> steps,
            List<Map<String, float[]>> evaluated,
            Map<String, float[]> end) {}

    @BeforeAll
    static void load() {
        backbone = SmallTraining.backbone();
        examples = SmallTraining.examples(37);
        classes = examples.classNames().size();
    }

    @AfterAll
    static void close() {
        examples.close();
        backbone.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "slow", "warm", "limited"})
    void matchesTheGoldenAverages(String run) {
        Golden values = Golden.tensors("ema/values.safetensors");
        Golden expected = Golden.tensors("ema/averages.safetensors");
        JsonNode settings = Golden.json("ema/meta.json").get("runs").get(run);
        Averaging averaging = new Averaging(
                settings.get("decay").doubleValue(), settings.get("warmup").booleanValue());
        try (Averages averages = new Averages(averaging)) {
            for (int step = 1; step <= 40; step++) {
                try (PointerScope scope = new PointerScope()) {
                    Map<String, Tensor> learned = new LinkedHashMap<>();
                    for (String part : List.of("w", "b")) {
                        String name = part + "." + step;
                        learned.put(part, Tensors.of(values.floats(name), values.shape(name)));
                    }
                    averages.update(learned, step);
                }
                if (List.of(1, 2, 10, 40).contains(step)) {
                    for (String part : List.of("w", "b")) {
                        assertClose(
                                Tensors.floats(averages.tensors().get(part)),
                                expected.floats(run + "." + part + "." + step),
                                part + " after step " + step);
                    }
                }
            }
        }
    }

    static Stream<TuningSpec> specs() {
        return Stream.of(SmallTraining.spec(), new MlpHead(2));
    }

    /** Individual weights, whose private copies follow what is learned, and statistics are among what is averaged. */
    @ParameterizedTest
    @MethodSource("specs")
    void evaluationsAndTheResultHaveTheAverageAndTrainingDoesNot(TuningSpec spec) {
        Course plain = train(spec, Averaging.NONE, Selection.LAST, List.of());
        Course averaged = train(spec, AVERAGING, Selection.LAST, List.of());
        assertThat(averaged.losses()).isEqualTo(plain.losses());
        List<Map<String, float[]>> averages = averages(averaged.steps());
        int perEpoch = averaged.steps().size() / EPOCHS;
        for (int epoch = 1; epoch <= EPOCHS; epoch++) {
            assertClose(averaged.evaluated().get(epoch - 1), averages.get(epoch * perEpoch - 1));
        }
        assertClose(averaged.end(), averages.get(averages.size() - 1));
        assertThat(plain.end().get(Tuning.HEAD_WEIGHT))
                .isNotEqualTo(averaged.end().get(Tuning.HEAD_WEIGHT));
    }

    @Test
    void theBestEpochIsThatOfTheAverageAndKeptAveraged() {
        Course best = train(SmallTraining.spec(), AVERAGING, new Selection(true, 0), List.of(0.1, 0.4, 0.9, 0.5));
        // the first one evaluated is the start, which has no average
        assertThat(best.evaluated()).hasSize(EPOCHS + 1);
        assertClose(best.end(), averages(best.steps()).get(2 * best.steps().size() / EPOCHS - 1));
        Course start = train(SmallTraining.spec(), AVERAGING, new Selection(true, 0), List.of(0.9, 0.4, 0.1, 0.5));
        assertClose(start.end(), start.evaluated().get(0));
    }

    @Test
    void severalRanksEndWithTheAverageOfOne() throws Exception {
        Map<String, float[]> alone = train(SmallTraining.spec(), AVERAGING, Selection.LAST, List.of())
                .end();
        List<Map<String, float[]>> ends = Together.run(2, group -> {
            try (Tuning tuning = new Tuning(backbone, SmallTraining.spec(), classes, 0);
                    Trainer trainer = new Trainer(tuning, settings(AVERAGING, Selection.LAST), group)) {
                TrainingLoop loop = new TrainingLoop(trainer, Inputs.images(examples), 1);
                if (group.rank() == 0) {
                    loop.loop(Optional.empty(), RunObserver.nobody(), "train", (epoch, last) -> Top1.NONE);
                } else {
                    loop.follow();
                }
                return values(trainer);
            }
        });
        alone.forEach((name, expected) -> assertThat(ends.get(0).get(name)).containsExactly(expected, within(2e-4f)));
    }

    @Test
    void headsThatTrainSideBySideAreAveraged() {
        TrainingSettings settings = settings(AVERAGING, Selection.LAST);
        try (Tuning one = new Tuning(backbone, new HeadOnly(), classes, 0);
                Tuning other = new Tuning(backbone, new HeadOnly(), classes, 0);
                Trainer trainer = new Trainer(one, settings);
                StackedHeads heads = new StackedHeads(other, List.of(settings, settings))) {
            for (SteppedTraining learner : List.of(trainer, heads)) {
                new TrainingLoop(learner, Inputs.images(examples), 1)
                        .loop(Optional.empty(), RunObserver.nobody(), "train", (epoch, last) -> Top1.NONE);
            }
            assertThat(heads.select(1)).isTrue();
            other.trainables().forEach((name, trainable) -> assertThat(Tensors.floats(trainable.tensor()))
                    .containsExactly(Tensors.floats(one.trainables().get(name).tensor()), within(1e-5f)));
        }
    }

    @Test
    void theFirstStepFadesAndFasterWithWarmup() {
        assertThat(new Averaging(0.9, false).partOfFirstStep(11)).isCloseTo(Math.pow(0.9, 10), within(1e-15));
        assertThat(new Averaging(0.999, false).partOfFirstStep(100)).isGreaterThan(0.9);
        assertThat(new Averaging(0.999, true).partOfFirstStep(100)).isLessThan(1e-5);
        assertThat(Averaging.NONE.partOfFirstStep(2)).isZero();
        assertThatThrownBy(() -> new Averaging(1, false)).hasMessage("decay: expected 0 to below 1, found 1.0");
    }

    private static TrainingSettings settings(Averaging averaging, Selection selection) {
        return SmallTraining.settings(EPOCHS, AdamWSpec.DEFAULT).toBuilder()
                .averaging(averaging)
                .selection(selection)
                .build();
    }

    /**
     * Trains.
     *
     * @param accuracies on validation, in the order of the evaluations; none if empty
     */
    private static Course train(TuningSpec spec, Averaging averaging, Selection selection, List<Double> accuracies) {
        List<Double> losses = new ArrayList<>();
        List<Map<String, float[]>> steps = new ArrayList<>();
        List<Map<String, float[]>> evaluated = new ArrayList<>();
        try (Tuning tuning = new Tuning(backbone, spec, classes, 0);
                Trainer trainer = new Trainer(tuning, settings(averaging, selection))) {
            RunObserver observer = new RunObserver() {
                @Override
                public void onStep(Training training, long step, StepResult result) {
                    losses.add(result.loss());
                    steps.add(values(trainer));
                }
            };
            new TrainingLoop(trainer, Inputs.images(examples), 1)
                    .loop(Optional.empty(), observer, "train", (epoch, last) -> {
                        evaluated.add(values(trainer));
                        return accuracies.isEmpty()
                                ? Top1.NONE
                                : new Top1(accuracies.get(evaluated.size() - 1), 1.0, null);
                    });
            return new Course(losses, steps, evaluated, values(trainer));
        }
    }

    private static Map<String, float[]> values(SteppedTraining learner) {
        Map<String, float[]> values = new LinkedHashMap<>();
        learner.parameters().forEach((name, tensor) -> values.put(name, Tensors.floats(tensor.detach())));
        return values;
    }

    /** The average after every step, in double precision. */
    private static List<Map<String, float[]>> averages(List<Map<String, float[]>> steps) {
        List<Map<String, float[]>> all = new ArrayList<>();
        Map<String, double[]> average = new LinkedHashMap<>();
        for (int t = 1; t <= steps.size(); t++) {
            double decay = t == 1 ? 0 : Math.min(AVERAGING.decay(), 1 - Math.pow(t, -2.0 / 3));
            Map<String, float[]> rounded = new LinkedHashMap<>();
            steps.get(t - 1).forEach((name, values) -> {
                double[] sums = average.computeIfAbsent(name, n -> new double[values.length]);
                float[] floats = new float[values.length];
                for (int i = 0; i < values.length; i++) {
                    sums[i] = decay * sums[i] + (1 - decay) * values[i];
                    floats[i] = (float) sums[i];
                }
                rounded.put(name, floats);
            });
            all.add(rounded);
        }
        return all;
    }

    private static void assertClose(Map<String, float[]> actual, Map<String, float[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> assertClose(actual.get(name), values, name));
    }

    private static void assertClose(float[] actual, float[] expected, String what) {
        assertThat(actual).as(what).containsExactly(expected, within(2e-6f));
    }
}
