package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.TensorFingerprint;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.Inputs;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.error.StoppedException;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.EpochEvaluation.Top1;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.optim.OptimizerSpec;
import dev.inlay.train.optim.SgdSpec;
import dev.inlay.train.schedule.Advance;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.train.schedule.CosineSchedule;
import dev.inlay.train.schedule.Schedule;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.MlpHead;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Heads that train side by side become what each becomes alone; with augmentation and stochastic depth on. */
class StackedHeadsTest {
    private static final int EPOCHS = 4;
    private static final int EXAMPLES = 37;
    private static final double NO_BOUND = Double.POSITIVE_INFINITY;

    /** A rate with which SGD leaves the range of float32 within a few steps. */
    private static final double DIVERGING = 1e38;

    private static VisionTransformer backbone;
    private static Examples examples;

    @TempDir
    private Path folder;

    private int journals;

    @BeforeAll
    static void load() {
        backbone = SmallTraining.backbone();
        examples = SmallTraining.examples(EXAMPLES);
    }

    @AfterAll
    static void close() {
        examples.close();
        backbone.close();
    }

    static Stream<OptimizerSpec> optimizers() {
        return Stream.of(
                AdamWSpec.DEFAULT,
                AdamWSpec.VPT,
                new SgdSpec(0.9, true),
                new SgdSpec(0.9, false),
                new SgdSpec(0, false));
    }

    /** Rates, decays, what decays, bounds and the shapes of schedules: all that is a head's own. */
    private static List<TrainingSettings> different(OptimizerSpec optimizer) {
        Schedule cosine = new CosineSchedule(0.3, 0.01, EPOCHS, 1, 0, Advance.PER_STEP);
        Schedule perEpoch = new CosineSchedule(0.02, 0, EPOCHS, 2, 1e-3, Advance.PER_EPOCH);
        return List.of(
                settings(optimizer, new ConstantSchedule(1e-3), 0, DecayRule.MATRICES, NO_BOUND),
                settings(optimizer, cosine, 0.1, DecayRule.MATRICES, NO_BOUND),
                settings(optimizer, cosine, 0.5, DecayRule.ALL_BUT_BIASES, 0.2),
                settings(optimizer, perEpoch, 0.5, parameter -> true, 1e-3),
                settings(optimizer, perEpoch, 0, DecayRule.MATRICES, NO_BOUND));
    }

    private static TrainingSettings settings(
            OptimizerSpec optimizer, Schedule schedule, double weightDecay, DecayRule decay, double clipNorm) {
        return TrainingSettings.builder(EPOCHS, 8, schedule)
                .optimizer(optimizer)
                .decay(decay, weightDecay)
                .clipNorm(clipNorm)
                .loss(new CrossEntropy(0.1))
                .dropPath(SmallTraining.DROP_PATH)
                .seed(11)
                .build();
    }

    private static Tuning tuning() {
        return new Tuning(backbone, new HeadOnly(), examples.classNames().size(), 3);
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void eachBecomesWhatItBecomesAlone(OptimizerSpec optimizer) {
        List<TrainingSettings> settings = different(optimizer);
        List<Map<String, float[]>> alone = settings.stream().map(this::alone).toList();
        List<Map<String, float[]>> together = together(settings);
        for (int head = 0; head < settings.size(); head++) {
            assertClose(together.get(head), alone.get(head), "head " + head);
        }
        assertThat(alone.get(1).get(Tuning.HEAD_WEIGHT))
                .isNotEqualTo(alone.get(2).get(Tuning.HEAD_WEIGHT));
    }

    @Test
    void eachHasAFactorOfTheLearningRateOfItsOwn() {
        List<TrainingSettings> factors = new ArrayList<>();
        for (double factor : new double[] {1, 0, 0.25, 8}) {
            factors.add(different(AdamWSpec.DEFAULT).get(1).toBuilder()
                    .factors(new LearningRateFactors(1, factor, 1))
                    .build());
        }
        List<Map<String, float[]>> together = together(factors);
        for (int head = 0; head < factors.size(); head++) {
            assertClose(together.get(head), alone(factors.get(head)), "head " + head);
        }
        try (Tuning start = tuning()) {
            assertClose(together.get(1), values(start), "at rate 0");
        }
    }

    @Test
    void accumulatedBatchesMakeOfEachWhatOneLargeBatchDoes() {
        List<TrainingSettings> whole = different(AdamWSpec.DEFAULT);
        List<TrainingSettings> parts = whole.stream()
                .map(s -> TrainingSettings.builder(s.epochs(), s.batchSize() / 4, s.schedule())
                        .accumulate(4)
                        .optimizer(s.optimizer())
                        .decay(s.decay(), s.weightDecay())
                        .clipNorm(s.clipNorm())
                        .loss(s.loss())
                        .dropPath(s.dropPath())
                        .seed(s.seed())
                        .build())
                .toList();
        List<Map<String, float[]>> together = together(whole);
        List<Map<String, float[]>> accumulated = together(parts);
        for (int head = 0; head < whole.size(); head++) {
            assertClose(accumulated.get(head), together.get(head), "head " + head);
            assertClose(accumulated.get(head), alone(parts.get(head)), "head " + head);
        }
    }

    @Test
    void classesWeighForEachAsTheyDoAlone() {
        int classes = examples.classNames().size();
        CrossEntropy weighted = new CrossEntropy(
                0.1,
                IntStream.range(0, classes)
                        .mapToObj(label -> 0.25 + 1.5 * label / (classes - 1))
                        .toList());
        List<TrainingSettings> settings = different(AdamWSpec.DEFAULT).stream()
                .map(one -> one.toBuilder().loss(weighted).build())
                .toList();
        List<Map<String, float[]>> alone = settings.stream().map(this::alone).toList();
        List<Map<String, float[]>> together = together(settings);
        for (int head = 0; head < settings.size(); head++) {
            assertClose(together.get(head), alone.get(head), "head " + head);
        }
        assertThat(alone.get(0).get(Tuning.HEAD_BIAS))
                .as("the weights matter")
                .isNotEqualTo(alone(different(AdamWSpec.DEFAULT).get(0)).get(Tuning.HEAD_BIAS));
    }

    @Test
    void eachLearnsFromMixedBatchesAsItDoesAlone() {
        Mixup mixup = new Mixup(0.8, 1, 1, 0.5, 0);
        List<TrainingSettings> settings = different(AdamWSpec.DEFAULT).stream()
                .map(one -> one.toBuilder().mixup(mixup).build())
                .toList();
        List<Map<String, float[]>> together = together(settings);
        for (int head = 0; head < settings.size(); head++) {
            assertClose(together.get(head), alone(settings.get(head)), "head " + head);
        }
        assertThat(together.get(0).get(Tuning.HEAD_WEIGHT))
                .isNotEqualTo(alone(different(AdamWSpec.DEFAULT).get(0)).get(Tuning.HEAD_WEIGHT));
    }

    @Test
    void theCurvesAreTheMeansOfTheHeads() {
        List<TrainingSettings> settings = different(AdamWSpec.DEFAULT);
        List<List<EpochRecord>> alone = new ArrayList<>();
        for (TrainingSettings one : settings) {
            try (Tuning tuning = tuning();
                    Trainer trainer = new Trainer(tuning, one)) {
                alone.add(run(trainer, journal(), () -> false));
            }
        }
        try (Tuning tuning = tuning();
                StackedHeads heads = new StackedHeads(tuning, settings)) {
            List<EpochRecord> curves = run(heads, journal(), () -> false);
            for (int epoch = 0; epoch < EPOCHS; epoch++) {
                int e = epoch;
                assertThat(curves.get(e).trainLoss())
                        .isCloseTo(mean(alone, curve -> curve.get(e).trainLoss()), within(1e-5));
                assertThat(curves.get(e).gradientNorm())
                        .isCloseTo(mean(alone, curve -> curve.get(e).gradientNorm()), within(1e-5));
                // every step rounds to whole examples
                assertThat(curves.get(e).trainTop1())
                        .isCloseTo(mean(alone, curve -> curve.get(e).trainTop1()), within(0.5 * 5 / EXAMPLES));
            }
        }
    }

    private static double mean(
            List<List<EpochRecord>> curves, java.util.function.ToDoubleFunction<List<EpochRecord>> value) {
        return curves.stream().mapToDouble(value).average().orElseThrow();
    }

    @Test
    void aHeadThatDivergesLeavesTheOthersAlone() {
        SgdSpec sgd = new SgdSpec(0.9, true);
        TrainingSettings diverging = settings(sgd, new ConstantSchedule(DIVERGING), 1, DecayRule.MATRICES, NO_BOUND);
        assertThatThrownBy(() -> alone(diverging)).isInstanceOf(InlayException.class);

        List<TrainingSettings> finite = different(sgd);
        List<TrainingSettings> all = new ArrayList<>(finite);
        all.add(2, diverging);
        List<Map<String, float[]>> without = together(finite);
        List<Map<String, float[]>> with = together(all);
        assertThat(with.get(2)).isEmpty();
        with.remove(2);
        for (int head = 0; head < finite.size(); head++) {
            assertClose(with.get(head), without.get(head), "head " + head);
        }
    }

    @Test
    void whereAllDivergeItSaysSo() {
        TrainingSettings diverging =
                settings(new SgdSpec(0.9, true), new ConstantSchedule(DIVERGING), 1, DecayRule.MATRICES, NO_BOUND);
        assertThatThrownBy(() -> together(List.of(diverging, diverging)))
                .isInstanceOf(InlayException.class)
                .hasMessageContaining("the losses of all 2 heads")
                .hasMessageContaining("lower train.learningRate");
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void stoppedAfterEveryStepTheyEndTheSame(OptimizerSpec optimizer) {
        List<TrainingSettings> settings = different(optimizer);
        Map<String, String> through = state(settings, journal(), () -> false);
        Journal stopping = journal();
        int stops = 0;
        Map<String, String> stopped = Map.of();
        while (stopped.isEmpty()) {
            try {
                stopped = state(settings, stopping, () -> true);
            } catch (StoppedException e) {
                stops++;
            }
        }
        assertThat(stops).isEqualTo(EPOCHS * 5);
        assertThat(stopped).isEqualTo(through);
    }

    @Test
    void aJournalOfOtherHeadsIsRefused() {
        List<TrainingSettings> settings = different(AdamWSpec.DEFAULT);
        Journal journal = journal();
        state(settings, journal, () -> false);
        try (Tuning tuning = tuning();
                StackedHeads fewer = new StackedHeads(tuning, settings.subList(0, 2))) {
            assertThatThrownBy(() -> journal.restore(fewer))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("does not fit these heads: expected {head.bias=[2, ")
                    .hasMessageContaining("found {head.bias=[5, ");
        }
    }

    @Test
    void whatDoesNotTrainAlikeIsRefused() {
        TrainingSettings adamw =
                settings(AdamWSpec.DEFAULT, new ConstantSchedule(1e-3), 0, DecayRule.MATRICES, NO_BOUND);
        TrainingSettings vpt = settings(AdamWSpec.VPT, new ConstantSchedule(1e-3), 0, DecayRule.MATRICES, NO_BOUND);
        try (Tuning tuning = tuning();
                Tuning deeper = new Tuning(backbone, new MlpHead(2), 3, 0)) {
            assertThatThrownBy(() -> new StackedHeads(tuning, List.of(adamw, vpt)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("heads that train alike");
            assertThatThrownBy(() -> new StackedHeads(
                            tuning,
                            List.of(adamw.toBuilder()
                                    .factors(new LearningRateFactors(1, 1, 0.5))
                                    .build())))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("train.layerDecay: 0.5");
            assertThatThrownBy(() -> new StackedHeads(deeper, List.of(adamw, adamw)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the head's last layer alone");
        }
    }

    private Journal journal() {
        return new Journal(folder.resolve(journals++ + ".safetensors"), 0, 0);
    }

    private static List<EpochRecord> run(SteppedTraining learner, Journal journal, BooleanSupplier stop) {
        RunObserver observer = RunObserver.of(Progress.NONE, new RunStatus(), stop);
        return new TrainingLoop(learner, Inputs.images(examples), 2)
                .run(journal, observer, "train", (epoch, last) -> Top1.NONE)
                .curves();
    }

    private Map<String, float[]> alone(TrainingSettings settings) {
        try (Tuning tuning = tuning();
                Trainer trainer = new Trainer(tuning, settings)) {
            run(trainer, journal(), () -> false);
            return values(tuning);
        }
    }

    /** What each head became; empty for one that diverged. */
    private List<Map<String, float[]>> together(List<TrainingSettings> settings) {
        try (Tuning tuning = tuning();
                StackedHeads heads = new StackedHeads(tuning, settings)) {
            run(heads, journal(), () -> false);
            List<Map<String, float[]>> all = new ArrayList<>();
            for (int head = 0; head < settings.size(); head++) {
                all.add(heads.select(head) ? values(tuning) : Map.of());
            }
            return all;
        }
    }

    private Map<String, String> state(List<TrainingSettings> settings, Journal journal, BooleanSupplier stop) {
        try (Tuning tuning = tuning();
                StackedHeads heads = new StackedHeads(tuning, settings)) {
            run(heads, journal, stop);
            Map<String, String> state = new LinkedHashMap<>();
            heads.state().forEach((name, tensor) -> state.put(name, TensorFingerprint.of(Map.of(name, tensor))));
            return state;
        }
    }

    private static Map<String, float[]> values(Tuning tuning) {
        Map<String, float[]> values = new LinkedHashMap<>();
        tuning.trainables().forEach((name, trainable) -> values.put(name, Tensors.floats(trainable.tensor())));
        return values;
    }

    private static void assertClose(Map<String, float[]> actual, Map<String, float[]> expected, String what) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, wanted) -> {
            float[] given = actual.get(name);
            for (int i = 0; i < wanted.length; i++) {
                assertThat(given[i])
                        .as("%s, %s[%d]", what, name, i)
                        .isCloseTo(wanted[i], within(1e-5f + 1e-4f * Math.abs(wanted[i])));
            }
        });
    }
}
