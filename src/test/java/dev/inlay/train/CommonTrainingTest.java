package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.Sampling;
import dev.inlay.error.ConfigException;
import dev.inlay.parallel.Group;
import dev.inlay.parallel.Together;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.EpochEvaluation.Top1;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.Parameter;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.MlpHead;
import dev.inlay.tuning.method.Prompt;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Several ranks train as one does, with dropout, stochastic depth and augmentation on and batches that do not divide. */
class CommonTrainingTest {
    private static final int EPOCHS = 10;
    private static final int STEPS_PER_EPOCH = 5;

    private static VisionTransformer backbone;
    private static Examples examples;

    /** Losses step by step, and what is learned at the end. */
    private record Course(List<Double> losses, List<Integer> correct, Map<String, List<Float>> learned) {}

    @BeforeAll
    static void load() {
        backbone = SmallTraining.backbone();
        // the last batch has one row, so there are ranks without any
        examples = SmallTraining.examples(8 * (STEPS_PER_EPOCH - 1) + 1);
    }

    @AfterAll
    static void close() {
        examples.close();
        backbone.close();
    }

    static Stream<TuningSpec> specs() {
        return Stream.of(
                SmallTraining.spec(),
                new Prompt(Prompt.Depth.DEEP, 3, 0.1, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN),
                new FullFineTuning());
    }

    @ParameterizedTest
    @MethodSource("specs")
    void theLossesOf50StepsAreThoseOfOneProcess(TuningSpec spec) throws Exception {
        Course alone = train(spec, Group.ALONE);
        for (int ranks : new int[] {2, 3}) {
            List<Course> courses = Together.run(ranks, group -> train(spec, group));
            assertThat(courses).allMatch(courses.get(0)::equals);
            Course common = courses.get(0);
            assertThat(common.correct()).isEqualTo(alone.correct());
            for (int step = 0; step < EPOCHS * STEPS_PER_EPOCH; step++) {
                double expected = alone.losses().get(step);
                assertThat(common.losses().get(step)).isCloseTo(expected, within(1e-4 * expected));
            }
        }
    }

    /** Also the last step of an epoch, which has fewer batches and a smaller one. */
    @ParameterizedTest
    @CsvSource({"4, 2", "2, 4", "5, 4", "7, 3"})
    void accumulatedBatchesAreOneLargeBatch(int batchSize, int accumulate) throws Exception {
        int perStep = batchSize * accumulate;
        TrainingSettings together = SmallTraining.settings(EPOCHS, AdamWSpec.DEFAULT, perStep, 1);
        Course whole = train(SmallTraining.spec(), Group.ALONE, together);
        assertThat(whole.losses()).hasSize(EPOCHS * ((examples.size() + perStep - 1) / perStep));
        TrainingSettings parts = SmallTraining.settings(EPOCHS, AdamWSpec.DEFAULT, batchSize, accumulate);
        for (int ranks = 1; ranks <= 2; ranks++) {
            for (Course accumulated : Together.run(ranks, group -> train(SmallTraining.spec(), group, parts))) {
                assertThat(accumulated.correct()).isEqualTo(whole.correct());
                for (int step = 0; step < whole.losses().size(); step++) {
                    double expected = whole.losses().get(step);
                    assertThat(accumulated.losses().get(step)).isCloseTo(expected, within(1e-4 * expected));
                }
            }
        }
    }

    /** The last class weighs 4 times as much as the others, and balanced draws have some images several times. */
    @ParameterizedTest
    @EnumSource
    void classesWeighTheSameForEveryRank(Sampling sampling) throws Exception {
        int classes = examples.classNames().size();
        List<Double> weights = new ArrayList<>(Collections.nCopies(classes, 0.5));
        weights.set(classes - 1, 2.0);
        TrainingSettings settings = SmallTraining.settings(EPOCHS, AdamWSpec.DEFAULT).toBuilder()
                .sampling(sampling)
                .loss(new CrossEntropy(0.1, weights))
                .build();
        Course alone = train(SmallTraining.spec(), Group.ALONE, settings);
        List<Course> courses = Together.run(2, group -> train(SmallTraining.spec(), group, settings));
        assertThat(courses).allMatch(courses.get(0)::equals);
        for (int step = 0; step < EPOCHS * STEPS_PER_EPOCH; step++) {
            double expected = alone.losses().get(step);
            assertThat(courses.get(0).losses().get(step)).isCloseTo(expected, within(1e-4 * expected));
        }
        assertThat(alone.losses())
                .isNotEqualTo(train(SmallTraining.spec(), Group.ALONE).losses());
    }

    @Test
    void ranksThatMixTheirSharesLearnTheSame() throws Exception {
        Mixup mixup = new Mixup(0.8, 1, 1, 0.5, 0);
        TrainingSettings settings = SmallTraining.settings(EPOCHS, AdamWSpec.DEFAULT).toBuilder()
                .mixup(mixup)
                .build();
        List<Course> courses = Together.run(2, group -> train(SmallTraining.spec(), group, settings));
        assertThat(courses.get(1)).isEqualTo(courses.get(0));
        assertThat(Together.run(2, group -> train(SmallTraining.spec(), group, settings)))
                .isEqualTo(courses);
        assertThat(courses.get(0).losses())
                .isNotEqualTo(train(SmallTraining.spec(), Group.ALONE).losses());
    }

    private static Course train(TuningSpec spec, Group group) {
        return train(spec, group, SmallTraining.settings(EPOCHS, AdamWSpec.DEFAULT));
    }

    private static Course train(TuningSpec spec, Group group, TrainingSettings settings) {
        List<Double> losses = new ArrayList<>();
        List<Integer> correct = new ArrayList<>();
        Map<String, List<Float>> learned = new LinkedHashMap<>();
        try (Tuning tuning = new Tuning(backbone, spec, examples.classNames().size(), 0);
                Trainer trainer = new Trainer(tuning, settings, group)) {
            new TrainingLoop(trainer, Inputs.images(examples), 1)
                    .loop(
                            Optional.empty(),
                            new RunObserver() {
                                @Override
                                public void onStep(Training training, long step, StepResult result) {
                                    losses.add(result.loss());
                                    correct.add(result.correct());
                                }
                            },
                            "train",
                            (epoch, last) -> Top1.NONE);
            tuning.trainables().forEach((name, trainable) -> {
                List<Float> values = new ArrayList<>();
                for (float value : Tensors.floats(trainable.tensor().detach())) {
                    values.add(value);
                }
                learned.put(name, values);
            });
        }
        return new Course(losses, correct, learned);
    }

    @Test
    void gradientsAreWeightedByRowsAndDefinedWhereAnyRankHasThem() throws Exception {
        List<List<float[]>> common = Together.run(2, group -> {
            try (PointerScope scope = new PointerScope()) {
                Parameter both = parameter("both");
                Parameter one = parameter("one");
                Parameter none = parameter("none");
                boolean first = group.rank() == 0;
                both.tensor().mul(new Scalar(first ? 4.0 : 8.0)).sum().backward();
                if (!first) {
                    one.tensor().sum().backward();
                }
                double[] means =
                        GradientAllReduce.sum(group, List.of(both, one, none), first ? 0.75 : 0.25, first ? 1 : 5, 2);
                assertThat(none.tensor().grad().defined()).isFalse();
                return List.of(
                        Tensors.floats(both.tensor().grad()),
                        Tensors.floats(one.tensor().grad()),
                        new float[] {(float) means[0], (float) means[1]});
            }
        });
        assertThat(common).allSatisfy(rank -> {
            assertThat(rank.get(0)).containsExactly(5, 5);
            assertThat(rank.get(1)).containsExactly(0.25f, 0.25f);
            assertThat(rank.get(2)).containsExactly(2, 2);
        });
    }

    @Test
    void aloneNothingIsTouched() {
        try (PointerScope scope = new PointerScope()) {
            Parameter parameter = parameter("p");
            parameter.tensor().sum().backward();
            Tensor before = parameter.tensor().grad();
            assertThat(GradientAllReduce.sum(Group.ALONE, List.of(parameter), 1, 0.3))
                    .containsExactly(0.3);
            assertThat(parameter.tensor().grad().data_ptr().address())
                    .isEqualTo(before.data_ptr().address());
        }
    }

    private static Parameter parameter(String name) {
        Tensor values = Tensors.of(new float[] {1, 2}, 2);
        values.set_requires_grad(true);
        return new Parameter(name, values, Kind.WEIGHT);
    }

    @Test
    void statisticsOfABatchCannotBeShared() {
        TrainingSettings settings = SmallTraining.settings(1, AdamWSpec.DEFAULT);
        try (Tuning tuning = new Tuning(backbone, new MlpHead(3), 3, 0)) {
            assertThatThrownBy(() -> Trainer.requireTrainable(tuning, settings, 2))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("statistic")
                    .hasMessageContaining("--nproc 1");
            Trainer.requireTrainable(tuning, settings, 1);
        }
        TrainingSettings mixing =
                settings.toBuilder().mixup(new Mixup(0.8, 0, 1, 0.5, 0)).build();
        try (Tuning tuning = new Tuning(backbone, SmallTraining.spec(), 3, 0)) {
            assertThatThrownBy(() -> Trainer.requireTrainable(tuning, mixing, 5))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("of 8 images there are not two for each of 5 ranks");
            Trainer.requireTrainable(tuning, mixing, 4);
        }
        try (Tuning tuning = new Tuning(backbone, SmallTraining.spec(), 3, 0)) {
            assertThatThrownBy(() -> Trainer.requireTrainable(tuning, settings, 9))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("train.batchSize: 8")
                    .hasMessageContaining("9 ranks");
        }
    }
}
