package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.cli.TinyRun;
import dev.inlay.config.RunConfig;
import dev.inlay.error.InlayException;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.Quality;
import dev.inlay.record.RunRecord;
import dev.inlay.record.Split;
import dev.inlay.train.RunObserver;
import dev.inlay.train.StepResult;
import dev.inlay.train.Training;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that embeds Inlay follows a run. */
class RunObserverTest {
    private static final int EPOCHS = 4;

    @TempDir
    private Path folder;

    /** As a program's own logger would be written. */
    private static class Logger implements RunObserver {
        private final List<String> steps = new ArrayList<>();
        private final List<EpochRecord> epochs = new ArrayList<>();
        private final List<Quality> tests = new ArrayList<>();
        private final List<Double> validations = new ArrayList<>();

        @Override
        public void onStep(Training training, long step, StepResult result) {
            steps.add(training.name() + " " + step);
            assertThat(result.examples()).isEqualTo(16);
        }

        @Override
        public void onEpoch(Training training, EpochRecord epoch) {
            assertThat(training.epochs()).isEqualTo(EPOCHS);
            if (training.name().equals("train")) {
                epochs.add(epoch);
            }
        }

        @Override
        public void onEvaluation(Training training, int epoch, Split split, Quality accuracy) {
            assertThat(training.name()).isEqualTo("train");
            if (split == Split.TEST) {
                tests.add(accuracy);
            } else {
                assertThat(split).isEqualTo(Split.VALIDATION);
                validations.add(accuracy.score());
            }
        }
    }

    @Test
    void everyStepEpochAndEvaluationIsTold() {
        Logger logger = new Logger();
        RunRecord run = Inlay.tune(config(), folder.resolve("run"), logger);
        long steps = EPOCHS * run.data().train() / 16;
        assertThat(logger.steps)
                .startsWith("try 1 of 2 1", "try 1 of 2 2")
                .containsOnlyOnce("try 2 of 2 1", "train with seed 6 " + steps)
                .containsSubsequence(LongStream.rangeClosed(1, steps)
                        .mapToObj(step -> "train " + step)
                        .toList())
                .doesNotContain("train " + (steps + 1));
        assertThat(logger.epochs).isEqualTo(run.curves()).hasSize(EPOCHS);
        assertThat(logger.tests).containsExactly(run.test());
        assertThat(logger.validations)
                .isEqualTo(
                        run.curves().stream().map(EpochRecord::validationTop1).toList());
    }

    @Test
    void anExceptionEndsTheRunWithTheObserversNameAndItResumes() {
        Path out = folder.resolve("run");
        Logger failing = new Logger() {
            @Override
            public void onEpoch(Training training, EpochRecord epoch) {
                super.onEpoch(training, epoch);
                if (training.name().equals("train") && epoch.epoch() == 2) {
                    throw new IllegalStateException("no room for curves");
                }
            }
        };
        assertThatThrownBy(() -> Inlay.tune(config(), out, failing))
                .isInstanceOf(InlayException.class)
                .hasMessageStartingWith("the observer " + failing.getClass().getName()
                        + " failed: java.lang.IllegalStateException: no room for curves; ")
                .hasRootCauseMessage("no room for curves");
        Logger repaired = new Logger();
        RunRecord resumed = Inlay.tune(config(), out, repaired);
        assertThat(repaired.epochs)
                .as("told again after the last save")
                .isEqualTo(resumed.curves().subList(1, EPOCHS));
        RunRecord through = Inlay.tune(config(), folder.resolve("through"));
        assertThat(resumed.test()).isEqualTo(through.test());
    }

    @Test
    void anEpochIsALineWithItsAccuracyOnValidationOrElseOnTheTrainingBatches() {
        Training training = new Training("train", 8);
        assertThat(training.line(new EpochRecord(3, 8.6e-4, 1.9234, 0.7, 0.722, 0.5, null, 10, 12)))
                .isEqualTo("epoch 3/8  loss 1.92  val 72.2 %  lr 8.6e-4  12.0 img/s");
        assertThat(training.line(new EpochRecord(8, 0.0, 0.0134, 0.7, null, 0.5, null, 10, 1234.5)))
                .isEqualTo("epoch 8/8  loss 0.013  train 70.0 %  lr 0  1235 img/s");
        assertThat(training.line(new EpochRecord(1, 12, 1, 1.0, null, null, null, 0, 0)))
                .isEqualTo("epoch 1/8  loss 1.00  train 100.0 %  lr 1.2e1  0.0 img/s");
        assertThat(new Training("train", 12).line(new EpochRecord(3, 1e-3, 2.5, 0.0, 0.05, null, null, 1, 99.94)))
                .isEqualTo("epoch  3/12  loss 2.50  val  5.0 %  lr 1.0e-3  99.9 img/s");
    }

    private RunConfig config() {
        return RunConfig.read(TinyRun.config(folder), List.of());
    }
}
