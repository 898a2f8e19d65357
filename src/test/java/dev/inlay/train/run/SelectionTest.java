package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.error.StoppedException;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.Quality;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.record.Split;
import dev.inlay.train.RunObserver;
import dev.inlay.train.Training;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which epoch a training ends with, by the validation split. */
class SelectionTest {
    /** At such a rate accuracy goes up and down. */
    private static final String CONFIG =
            """
            threads: 1
            backbone: {name: builtin}
            data: {type: builtin, task: orientation, train: 160, validation: 60, test: 80, workers: 1}
            method: {type: lora, rank: 2}
            train: {epochs: 6, batchSize: 40, learningRate: 3.0e-2, journal: {everySteps: 1, everySeconds: 0}}
            baselines: {linear: false}
            """;

    @TempDir
    private Path folder;

    private RunRecord run(String name, String... overrides) {
        return Inlay.tune(config(overrides), folder.resolve(name));
    }

    private RunConfig config(String... overrides) {
        return RunConfig.parse(CONFIG, folder, List.of(overrides));
    }

    @Test
    void validationIsHeldOutAndTestIsEvaluatedOnceUnlessItsCurveIsAskedFor() {
        RunRecord held = run("held");
        assertThat(held.curves()).allMatch(epoch -> epoch.validationTop1() != null && epoch.testTop1() == null);
        assertThat(held.selection()).isNull();
        assertThat(held.bestOnTest()).isNull();
        assertThat(held.data().train()).isEqualTo(160);

        RunRecord union = run("union", "train.withValidation=true", "train.testCurve=true");
        assertThat(union.curves()).allMatch(epoch -> epoch.validationTop1() == null && epoch.testTop1() != null);
        assertThat(union.data().train()).isEqualTo(220);
    }

    @ParameterizedTest
    @ValueSource(strings = {"train.ema=0", "train.ema=0.7"})
    void theResultHasTheParametersOfTheBestEpoch(String ema) {
        RunRecord last = run("last", "train.testCurve=true", "train.headInit=small", ema);
        Map<Integer, Quality> onValidation = new TreeMap<>();
        RunRecord best = Inlay.tune(
                config("train.select=best", "train.testCurve=true", "train.headInit=small", ema),
                folder.resolve("best"),
                new RunObserver() {
                    @Override
                    public void onEvaluation(Training training, int epoch, Split split, Quality accuracy) {
                        if (split == Split.VALIDATION) {
                            onValidation.put(epoch, accuracy);
                        }
                    }
                });
        assertThat(best.curves().stream().map(EpochRecord::validationTop1).toList())
                .isEqualTo(
                        last.curves().stream().map(EpochRecord::validationTop1).toList());
        int chosen = onValidation.keySet().stream()
                .max(Comparator.comparingDouble(
                                (Integer epoch) -> onValidation.get(epoch).score())
                        .thenComparing(Comparator.comparingDouble((Integer epoch) ->
                                        onValidation.get(epoch).figures().get("crossEntropy"))
                                .reversed()))
                .orElseThrow();
        EpochRecord record = best.curves().get(chosen - 1);
        assertThat(best.selection().validationTop1()).isEqualTo(record.validationTop1());
        assertThat(best.selection().epoch()).isEqualTo(chosen);
        assertThat(best.accuracy().top1()).isEqualTo(record.testTop1());
        assertThat(chosen).as("not the last").isLessThan(6);
    }

    @Test
    void trainingEndsWhenItHasNotBecomeBetterForSoManyEpochs() {
        RunRecord run = run("early", "train.select=best", "train.patience=1", "train.epochs=30");
        assertThat(run.selection().stoppedEarly()).isTrue();
        assertThat(run.curves()).hasSize(run.selection().best() + 1);
    }

    /** At a rate at which nothing changes, no epoch of a fitted head is better than its start. */
    @Test
    void patienceEndsATrainingOnlyAfterAnEpochThatWasEvaluated() {
        RunRecord run = run(
                "seldom",
                "method={type: linear}",
                "train.learningRate=1e-12",
                "train.warmupEpochs=0",
                "train.evaluateEvery=3",
                "train.patience=1",
                "train.weightDecay=0");
        assertThat(run.curves()).hasSize(3);
        assertThat(run.curves().get(2).validationTop1()).isNotNull();
        assertThat(run.selection().stoppedEarly()).isTrue();
    }

    /** The best parameters are kept in the journal, so a run stopped after every step ends as one left alone. */
    @Test
    void aRunThatIsStoppedAgainAndAgainSelectsTheSame() {
        String[] selects = {"train.select=best", "train.patience=2", "train.epochs=5"};
        RunRecord alone = run("alone", selects);
        Path out = folder.resolve("stopped");
        RunRecord stopped = null;
        for (int attempt = 0; stopped == null; attempt++) {
            assertThat(attempt).isLessThan(100);
            AtomicInteger steps = new AtomicInteger();
            try {
                stopped = TuneRun.run(
                                config(selects),
                                out,
                                RunObserver.of(Progress.NONE, new RunStatus(), () -> steps.incrementAndGet() == 3))
                        .record();
            } catch (StoppedException e) {
                assertThat(e).hasMessageContaining("rerun the same command to resume");
            }
        }
        assertThat(stopped.selection()).isEqualTo(alone.selection());
        assertThat(stopped.test()).isEqualTo(alone.test());
        assertThat(stopped.provenance().resumed()).isGreaterThan(1);
    }

    @Test
    void anAverageThatForgetsTooSlowlyIsWarnedOf() {
        String[] few = {"train.epochs=2", "train.ema=0.99"};
        assertThat(run("slow", few).warnings())
                .containsExactly("train.ema: after 8 steps, 93 % of the average is still what the first step had"
                        + " learned; set train.emaWarmup: true, a smaller train.ema or more train.epochs");
        assertThat(run("warm", few[0], few[1], "train.emaWarmup=true").warnings())
                .isEmpty();
        assertThatThrownBy(() -> config("train.emaWarmup=true"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("train.emaWarmup (override): is of the average that train.ema makes, which is 0");
    }

    @Test
    void statisticsOfAccumulatedBatchesAreWarnedOf() {
        String[] head = {"method={type: mlpHead, layers: 2}", "train.epochs=1", "train.batchSize=20"};
        assertThat(run("whole", head).warnings()).isEmpty();
        assertThat(run("parts", head[0], head[1], head[2], "train.accumulate=2").warnings())
                .containsExactly("train.accumulate: mlpHead.0.norm.mean is a statistic of each batch of 20 images, so 2"
                        + " accumulated batches are not the same as one of 40");
    }

    @Test
    void epochsOfAFinishedRunCanBeRaised() {
        RunRecord two = run("run", "train.epochs=2", "train.warmupEpochs=1");
        RunRecord four = run("run", "train.epochs=4", "train.warmupEpochs=1");
        assertThat(four.curves()).hasSize(4);
        assertThat(four.curves().subList(0, 2)).isEqualTo(two.curves());
        assertThat(four.warnings()).anyMatch(warning -> warning.contains("raised from 2 to 4"));
        assertThatThrownBy(() -> run("run", "train.epochs=3", "train.warmupEpochs=1"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("train.epochs was 4 and is 3");
        assertThatThrownBy(() -> run("run", "train.epochs=5", "train.warmupEpochs=1", "seed=1"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("seed was 0 and is 1");
    }

    @Test
    void nothingIsSelectedOnImagesThatAreLearnedFrom() {
        assertThatThrownBy(() -> config("train.withValidation=true", "train.select=best", "train.patience=3"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("train.select (override): best is chosen on the validation images")
                .hasMessageContaining("train.patience (override): waits for the validation accuracy to rise");
        assertThatThrownBy(() -> config("method={type: mlpHead, layers: 2}", "train.headInit=probe"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("train.headInit (override): a probe is a linear head");
    }
}
