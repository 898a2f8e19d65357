package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.TensorFingerprint;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.Sampling;
import dev.inlay.error.DataException;
import dev.inlay.error.StoppedException;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.train.EpochEvaluation.Top1;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.OptimizerSpec;
import dev.inlay.train.optim.SgdSpec;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.MlpHead;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A training that was interrupted ends as one that was not, with dropout, stochastic depth and augmentation on. */
class TrainingResumeTest {
    private static final int EPOCHS = 3;
    private static final int STEPS_PER_EPOCH = 5;
    private static final int STEPS = EPOCHS * STEPS_PER_EPOCH;

    private static VisionTransformer backbone;
    private static Examples examples;

    @TempDir
    private Path folder;

    /** Where a training ended: every tensor that later steps would depend on, and the curves without their times. */
    private record End(Map<String, String> state, List<EpochRecord> curves) {}

    /** Stands for the end of a process. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @BeforeAll
    static void load() {
        backbone = SmallTraining.backbone();
        examples = SmallTraining.examples(8 * STEPS_PER_EPOCH - 3);
    }

    @AfterAll
    static void close() {
        examples.close();
        backbone.close();
    }

    static Stream<Arguments> optimizersAndPrecisions() {
        return Stream.of(AdamWSpec.DEFAULT, AdamWSpec.VPT, new SgdSpec(0.9, true))
                .flatMap(optimizer ->
                        Arrays.stream(Precision.values()).map(precision -> Arguments.of(optimizer, precision)));
    }

    @ParameterizedTest
    @MethodSource("optimizersAndPrecisions")
    void stoppedAfterEveryStepItEndsTheSame(OptimizerSpec optimizer, Precision precision) {
        End through = new Attempt(optimizer, "through", 0).in(precision).run(() -> false);
        End stopped = null;
        for (int attempt = 0; attempt <= STEPS && stopped == null; attempt++) {
            try {
                // other initial values each time: nothing but the journal may carry over
                stopped =
                        new Attempt(optimizer, "stopped", attempt).in(precision).run(() -> true);
            } catch (StoppedException e) {
                assertThat(e.exitCode()).isEqualTo(130);
            }
        }
        assertThat(stopped).isEqualTo(through);
    }

    @ParameterizedTest
    @CsvSource({"BALANCED, 1", "SHUFFLED, 3", "BALANCED, 2"})
    void stoppedAmongDrawsOfOneExampleItEndsTheSame(Sampling sampling, int augRepeats) {
        End through = new Attempt(AdamWSpec.DEFAULT, "through", 0)
                .sampling(sampling)
                .repeating(augRepeats)
                .run(() -> false);
        End stopped = null;
        for (int attempt = 0; attempt <= STEPS && stopped == null; attempt++) {
            try {
                stopped = new Attempt(AdamWSpec.DEFAULT, "stopped", attempt)
                        .sampling(sampling)
                        .repeating(augRepeats)
                        .run(() -> true);
            } catch (StoppedException e) {
                assertThat(e.exitCode()).isEqualTo(130);
            }
        }
        assertThat(stopped).isEqualTo(through);
        assertThat(through.state())
                .isNotEqualTo(new Attempt(AdamWSpec.DEFAULT, "shuffled", 0)
                        .run(() -> false)
                        .state());
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0", "3, 0.9", "4, 0", "7, 0.9", "100, 0.9"})
    void killedBetweenSavesItEndsTheSame(int everySteps, double ema) {
        End through =
                new Attempt(AdamWSpec.DEFAULT, "through", 0).averaging(ema).run(() -> false);
        int[] steps = {0};
        End killed = null;
        for (int attempt = 0; killed == null; attempt++) {
            int next = steps[0] + 4 + attempt;
            try {
                killed = new Attempt(AdamWSpec.DEFAULT, "killed", 0)
                        .saving(everySteps)
                        .averaging(ema)
                        .run(() -> {
                            if (++steps[0] == next) {
                                throw new Killed();
                            }
                            return false;
                        });
            } catch (Killed e) {
                assertThat(attempt).isLessThan(STEPS);
            }
        }
        assertThat(steps[0]).isGreaterThan(STEPS);
        assertThat(killed).isEqualTo(through);
    }

    @Test
    void averagesContinueWhereTheyWere() {
        End through =
                new Attempt(AdamWSpec.DEFAULT, "through", 0).averaging(0.9).run(() -> false);
        End stopped = null;
        for (int attempt = 0; attempt <= STEPS && stopped == null; attempt++) {
            try {
                stopped = new Attempt(AdamWSpec.DEFAULT, "stopped", attempt)
                        .averaging(0.9)
                        .run(() -> true);
            } catch (StoppedException e) {
                assertThat(e.exitCode()).isEqualTo(130);
            }
        }
        assertThat(stopped).isEqualTo(through);
        End again = new Attempt(AdamWSpec.DEFAULT, "stopped", 1).averaging(0.9).run(() -> {
            throw new AssertionError("a step");
        });
        assertThat(again).isEqualTo(through);
        End plain = new Attempt(AdamWSpec.DEFAULT, "plain", 0).run(() -> false);
        assertThat(plain.state()).isNotEqualTo(through.state());
        assertThat(plain.curves().get(2).trainLoss())
                .isEqualTo(through.curves().get(2).trainLoss());
    }

    @Test
    void stoppedAfterEveryStepOfAccumulatedBatchesItEndsTheSame() {
        End through =
                new Attempt(AdamWSpec.DEFAULT, "through", 0).accumulating(2).run(() -> false);
        End stopped = null;
        int stops = 0;
        while (stopped == null) {
            try {
                stopped = new Attempt(AdamWSpec.DEFAULT, "stopped", stops)
                        .accumulating(2)
                        .run(() -> true);
            } catch (StoppedException e) {
                stops++;
            }
        }
        assertThat(stops).isEqualTo(STEPS);
        assertThat(stopped).isEqualTo(through);
    }

    @Test
    void theStatisticsOfAHeadGoOnWhereTheyWere() {
        End through = new Attempt(AdamWSpec.DEFAULT, "through", 0)
                .tuning(new MlpHead(2))
                .run(() -> false);
        End stopped = null;
        for (int attempt = 0; attempt <= STEPS && stopped == null; attempt++) {
            try {
                stopped = new Attempt(AdamWSpec.DEFAULT, "stopped", attempt)
                        .tuning(new MlpHead(2))
                        .run(() -> true);
            } catch (StoppedException e) {
                assertThat(e.exitCode()).isEqualTo(130);
            }
        }
        assertThat(stopped).isEqualTo(through);
        assertThat(through.state())
                .containsKeys("param.mlpHead.0.norm.mean", "param.mlpHead.0.norm.variance")
                .doesNotContainKey("optimizer.mlpHead.0.norm.mean.exp_avg");
    }

    @Test
    void stoppedAfterEveryStepWithMixedBatchesItEndsTheSame() {
        Mixup mixup = new Mixup(0.8, 1, 0.9, 0.5, 0);
        End through = new Attempt(AdamWSpec.DEFAULT, "through", 0).mixing(mixup).run(() -> false);
        End stopped = null;
        for (int attempt = 0; attempt <= STEPS && stopped == null; attempt++) {
            try {
                stopped = new Attempt(AdamWSpec.DEFAULT, "stopped", attempt)
                        .mixing(mixup)
                        .run(() -> true);
            } catch (StoppedException e) {
                assertThat(e.exitCode()).isEqualTo(130);
            }
        }
        assertThat(stopped).isEqualTo(through);
        End plain = new Attempt(AdamWSpec.DEFAULT, "plain", 0).run(() -> false);
        assertThat(through.state()).isNotEqualTo(plain.state());
        End off = new Attempt(AdamWSpec.DEFAULT, "off", 0)
                .mixing(new Mixup(0.8, 1, 0, 0.5, 0))
                .run(() -> false);
        assertThat(off).isEqualTo(plain);
    }

    @Test
    void theNoiseMattersAndTheSeedDecidesIt() {
        End first = new Attempt(AdamWSpec.DEFAULT, "first", 0).run(() -> false);
        End second = new Attempt(AdamWSpec.DEFAULT, "second", 0).run(() -> false);
        End quiet = new Attempt(AdamWSpec.DEFAULT, "quiet", 0).withoutDropPath().run(() -> false);
        assertThat(second).isEqualTo(first);
        assertThat(quiet.state()).isNotEqualTo(first.state());
        assertThat(first.state().keySet())
                .contains("param.sparse.blocks.0.attn.q.weight.delta", "optimizer.full.cls_token.exp_avg_sq");
    }

    @Test
    void aFinishedTrainingHasNothingLeftToDo() throws Exception {
        End end = new Attempt(AdamWSpec.DEFAULT, "done", 0).run(() -> false);
        byte[] journal = Files.readAllBytes(folder.resolve("done.safetensors"));
        End again = new Attempt(AdamWSpec.DEFAULT, "done", 1).run(() -> {
            throw new AssertionError("a step");
        });
        assertThat(again).isEqualTo(end);
        assertThat(Files.readAllBytes(folder.resolve("done.safetensors"))).isEqualTo(journal);
    }

    @Test
    void epochsOfMillisecondsAreNotSavedOneByOne() {
        Path journal = folder.resolve("short.safetensors");
        Set<Object> saves = new HashSet<>();
        long start = System.nanoTime();
        new Attempt(AdamWSpec.DEFAULT, "short", 0).run(() -> {
            if (Files.exists(journal)) {
                saves.add(version(journal));
            }
            return false;
        });
        assertThat(saves).hasSizeLessThanOrEqualTo((int) ((System.nanoTime() - start) * 1e-9));
        assertThat(journal).exists();
    }

    /** Differs from save to save: each replaces the file. */
    private static Object version(Path journal) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(journal, BasicFileAttributes.class);
            return List.of(String.valueOf(attributes.fileKey()), attributes.lastModifiedTime());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aDamagedJournalSaysWhatToDo() throws Exception {
        new Attempt(AdamWSpec.DEFAULT, "damaged", 0).run(() -> false);
        Path journal = folder.resolve("damaged.safetensors");
        byte[] whole = Files.readAllBytes(journal);
        for (int length : new int[] {0, 5, 200, whole.length / 2, whole.length - 1}) {
            Files.write(journal, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> new Attempt(AdamWSpec.DEFAULT, "damaged", 0).run(() -> false))
                    .as("%d bytes", length)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(journal.toString())
                    .hasMessageContaining("move " + journal + " away to start this training again");
        }
    }

    @Test
    void aJournalOfAnotherTrainingIsRefused() {
        new Attempt(AdamWSpec.DEFAULT, "other", 0).run(() -> false);
        Path journal = folder.resolve("other.safetensors");
        assertThatThrownBy(() -> {
                    try (Tuning tuning = new Tuning(backbone, new HeadOnly(), 6, 0);
                            Trainer trainer = new Trainer(tuning, SmallTraining.settings(EPOCHS, AdamWSpec.DEFAULT))) {
                        new Journal(journal, 0, 0).restore(trainer);
                    }
                })
                .isInstanceOf(DataException.class)
                .hasMessageContaining(journal.toString())
                .hasMessageContaining("unexpected lora.blocks.0.attn.k.A");
    }

    /** One process' part of a training. */
    private final class Attempt {
        private final OptimizerSpec optimizer;
        private final Path journal;
        private final int initialValues;
        private TuningSpec spec = SmallTraining.spec();
        private int everySteps;
        private int accumulate = 1;
        private Averaging averaging = Averaging.NONE;
        private double dropPath = SmallTraining.DROP_PATH;
        private Sampling sampling = Sampling.SHUFFLED;
        private Mixup mixup = Mixup.NONE;
        private int augRepeats = 1;
        private Precision precision = Precision.FLOAT32;

        Attempt(OptimizerSpec optimizer, String name, int initialValues) {
            this.optimizer = optimizer;
            this.journal = folder.resolve(name + ".safetensors");
            this.initialValues = initialValues;
        }

        Attempt tuning(TuningSpec other) {
            spec = other;
            return this;
        }

        Attempt saving(int steps) {
            everySteps = steps;
            return this;
        }

        Attempt averaging(double decay) {
            averaging = new Averaging(decay, decay > 0);
            return this;
        }

        /** In batches that are smaller in turn. */
        Attempt accumulating(int batches) {
            accumulate = batches;
            return this;
        }

        Attempt in(Precision numbers) {
            precision = numbers;
            return this;
        }

        Attempt sampling(Sampling other) {
            sampling = other;
            return this;
        }

        Attempt repeating(int times) {
            augRepeats = times;
            return this;
        }

        Attempt mixing(Mixup batches) {
            mixup = batches;
            return this;
        }

        Attempt withoutDropPath() {
            dropPath = 0;
            return this;
        }

        End run(BooleanSupplier stop) {
            int classes = examples.classNames().size();
            TrainingSettings settings =
                    SmallTraining.settings(EPOCHS, optimizer, 8 / accumulate, accumulate).toBuilder()
                            .sampling(sampling)
                            .mixup(mixup)
                            .augRepeats(augRepeats)
                            .dropPath(dropPath)
                            .precision(precision)
                            .averaging(averaging)
                            .build();
            try (Tuning tuning = new Tuning(backbone, spec, classes, initialValues);
                    Trainer trainer = new Trainer(tuning, settings)) {
                RunObserver observer = RunObserver.of(Progress.NONE, new RunStatus(), stop);
                InferenceLoop evaluator = new InferenceLoop(16, 1, Device.CPU);
                List<EpochRecord> curves = new TrainingLoop(trainer, Inputs.images(examples), 2)
                        .run(
                                new Journal(journal, 0, everySteps),
                                observer,
                                "train",
                                (epoch, last) -> new Top1(
                                        null,
                                        null,
                                        evaluator
                                                .evaluate(
                                                        images -> tuning.head(tuning.features(images, Dropout.NONE, 0)),
                                                        examples,
                                                        "evaluate",
                                                        Progress.NONE)
                                                .score()))
                        .curves();
                Map<String, String> state = new LinkedHashMap<>();
                trainer.state().forEach((name, tensor) -> state.put(name, TensorFingerprint.of(Map.of(name, tensor))));
                return new End(
                        state, curves.stream().map(TrainingResumeTest::timeless).toList());
            }
        }
    }

    private static EpochRecord timeless(EpochRecord e) {
        return new EpochRecord(
                e.epoch(),
                e.learningRate(),
                e.trainLoss(),
                e.trainTop1(),
                e.validationTop1(),
                e.testTop1(),
                e.gradientNorm(),
                0,
                0);
    }
}
