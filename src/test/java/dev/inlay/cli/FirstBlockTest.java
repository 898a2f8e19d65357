package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.config.RunConfig;
import dev.inlay.error.StoppedException;
import dev.inlay.progress.Progress;
import dev.inlay.record.FirstBlockTrial;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.Phase;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.record.SearchTrial;
import dev.inlay.record.TensorRecord;
import dev.inlay.record.Tuned;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.TuneRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that leave their first blocks as they are, because they were told to or because nothing is lost by it. */
class FirstBlockTest {
    private static final List<String> STILL =
            List.of("backbone.dropPath=0", "data.augment={flip: false, crop: center}", "search.repeats=0");

    @TempDir
    private Path folder;

    private Path config;

    @BeforeEach
    void writeConfig() {
        config = TinyRun.config(folder);
    }

    @Test
    void aPlanFromABlockOnLeavesWhatComesBeforeIt() {
        RunRecord run = tune("late", "method.firstBlock=1", "search={}");
        assertThat(tuned(run)).isNotEmpty().allMatch(tensor -> tensor.block() == null || tensor.block() == 1);
        assertThat(run.plan().tensors())
                .filteredOn(tensor -> tensor.block() != null && tensor.block() == 0)
                .isNotEmpty()
                .allMatch(tensor -> tensor.tuned() == Tuned.FROZEN && tensor.scoreSum() > 0);
        assertThat(run.trainableParameters().classToken()).isZero();
        assertThat(run.seconds()).containsKey(Phase.FROZEN);
        assertThat(run.firstBlock()).isNull();

        RunRecord again = tune("again", "method.firstBlock=1", "search={}", "train.cacheMegabytes=0");
        assertThat(run.accuracy().crossEntropy()).isCloseTo(again.accuracy().crossEntropy(), within(1e-4));
        assertThat(tuned(tune("all", "search={}")))
                .anyMatch(tensor -> Integer.valueOf(0).equals(tensor.block()));
    }

    @Test
    void autoTriesAndShowsWhatItTried() throws IOException {
        RunRecord run = tune("auto", "method.firstBlock=auto");
        List<FirstBlockTrial> tried = run.firstBlock().tried();
        assertThat(tried).extracting(FirstBlockTrial::block).containsExactly(0, 1);
        assertThat(tried).filteredOn(FirstBlockTrial::chosen).hasSize(1);
        SearchTrial best =
                run.search().stream().filter(SearchTrial::chosen).findFirst().orElseThrow();
        assertThat(tried.get(0).validationTop1()).isEqualTo(best.validationTop1());

        int chosen = run.firstBlock().block();
        String rate = best.settings().get("train.learningRate");
        RunRecord told = tune("told", "search={}", "train.learningRate=" + rate, "method.firstBlock=" + chosen);
        assertThat(told.plan()).isEqualTo(run.plan());
        assertThat(told.test()).isEqualTo(run.test());
        assertThat(Files.readString(folder.resolve("auto/report.html"))).contains("First tuned block");
        assertThat(Files.readString(folder.resolve("told/report.html"))).doesNotContain("First tuned block");
    }

    @Test
    void whatWasTriedIsNotTriedAgain() {
        Path whole = folder.resolve("whole");
        Path parts = folder.resolve("parts");
        RunConfig auto = RunConfig.read(config, List.of("method.firstBlock=auto", "search={}"));
        TuneRun.run(auto, whole, RunObserver.nobody());
        for (int block = 0; block < 2; block++) {
            Path journal = parts.resolve("first-block-" + block + ".journal.safetensors");
            RunObserver stopping = RunObserver.of(Progress.NONE, new RunStatus(), () -> Files.exists(journal));
            assertThatThrownBy(() -> TuneRun.run(auto, parts, stopping)).isInstanceOf(StoppedException.class);
            assertThat(journal).exists();
        }
        RunRecord resumed = TuneRun.run(auto, parts, RunObserver.nobody()).record();
        assertThat(resumed.provenance().resumed()).isEqualTo(2);
        assertThat(resumed.firstBlock().tried()).hasSize(2);
        assertThat(parts.resolve("task.safetensors")).hasSameBinaryContentAs(whole.resolve("task.safetensors"));
        assertThat(parts).isDirectoryNotContaining("glob:**first-block*");
    }

    @Test
    void aBlockThatIsNotThereIsRefusedBeforeAnythingIsComputed() {
        assertRefused("expected 0 to 1, the blocks of custom, found 2", "method.firstBlock=2");
        assertRefused("found 7", "search={grid: {method.firstBlock: [0, 7]}}");
        assertRefused("method.firstBlock: auto", "method.firstBlock=auto", "data.validation=0", "search={}");
        assertRefused("from block 1 on that can be selected", "method={firstBlock: auto, tau: 5000}", "search={}");
    }

    @Test
    void allocateTakesTheSameOption() {
        Path scores = folder.resolve("scores.safetensors");
        assertThat(inlay("sensitivity", config, "--out", scores).code()).isZero();
        Cli late = inlay("allocate", scores, "--budget", 400, "--first-block", 1);
        assertThat(late.code()).as(late.err()).isZero();
        assertThat(late.out())
                .isNotEqualTo(inlay("allocate", scores, "--budget", 400).out());
        assertThat(inlay("allocate", scores, "--budget", 400, "--first-block", 2)
                        .err())
                .contains("first block: expected 0 to 1");
    }

    private void assertRefused(String message, String... overrides) {
        Path out = folder.resolve("refused");
        Cli cli = inlay("tune", config, "--out", out, STILL, List.of(overrides));
        assertThat(cli.code()).isEqualTo(2);
        assertThat(cli.complaint()).contains(message);
        assertThat(out.resolve("config.json")).doesNotExist();
    }

    private RunRecord tune(String name, String... overrides) {
        Path out = folder.resolve(name);
        Cli cli = inlay("tune", config, "--out", out, STILL, List.of(overrides));
        assertThat(cli.code()).as(cli.err()).isZero();
        return MetricsFile.read(out.resolve("metrics.json"));
    }

    private static List<TensorRecord> tuned(RunRecord run) {
        return run.plan().tensors().stream()
                .filter(tensor -> tensor.tuned() != Tuned.FROZEN)
                .toList();
    }
}
