package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.config.RunConfig;
import dev.inlay.error.StoppedException;
import dev.inlay.progress.Progress;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.record.SearchTrial;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.TuneRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A search among settings of linear probing, whose points train side by side where they can. */
class LinearSearchTest {
    /** On images that change from epoch to epoch, as TinyRun has them. */
    private static final List<String> LINEAR =
            List.of("method={type: linear}", "search.repeats=0", "baselines.linear=false", "data.validation=64");

    private static final String GRID =
            "search.grid={train.learningRate: [1e-4, 0.03, 1], train.weightDecay: [0, 0.5], train.batchSize: [16, 32]}";

    @TempDir
    private Path folder;

    private Path config;

    @BeforeEach
    void writeConfig() {
        config = TinyRun.config(folder);
    }

    @Test
    void everyPointGivesWhatItGivesAlone() {
        RunRecord together = tune("together", GRID);
        assertThat(together.search()).hasSize(12);
        List<SearchTrial> alone = new ArrayList<>();
        for (SearchTrial point : together.search()) {
            String grid = point.settings().entrySet().stream()
                    .map(setting -> setting.getKey() + ": [" + setting.getValue() + "]")
                    .collect(Collectors.joining(", ", "search.grid={", "}"));
            RunRecord run = tune("alone-" + alone.size(), grid);
            alone.addAll(run.search());
            if (point.chosen()) {
                assertThat(run.test()).isEqualTo(together.test());
            }
        }
        for (int i = 0; i < alone.size(); i++) {
            assertThat(together.search().get(i).settings())
                    .isEqualTo(alone.get(i).settings());
            assertThat(together.search().get(i).validationTop1())
                    .isEqualTo(alone.get(i).validationTop1());
        }
        assertThat(alone.stream().map(SearchTrial::validationTop1).distinct()).hasSizeGreaterThan(3);
    }

    @Test
    void itMakesNoDifferenceWhetherFeaturesAreKept() {
        String[] still = {GRID, "backbone.dropPath=0", "data.augment={flip: false, crop: center}"};
        RunRecord kept = tune("kept", still);
        RunRecord again = tune("again", still[0], still[1], still[2], "train.cacheMegabytes=0");
        assertThat(tops(kept)).isEqualTo(tops(again));
        assertThat(kept.accuracy().crossEntropy()).isCloseTo(again.accuracy().crossEntropy(), within(1e-4));
    }

    @Test
    void killedAndTakenUpItEndsTheSame() throws IOException {
        RunConfig run = read(GRID);
        RunRecord through = TuneRun.run(run, folder.resolve("through"), RunObserver.nobody())
                .record();
        Path parts = folder.resolve("parts");
        Path first = parts.resolve("search-heads-0.journal.safetensors");
        Path second = parts.resolve("search-heads-1.journal.safetensors");
        int[] steps = {0};
        assertStopped(run, parts, () -> ++steps[0] == 7);
        assertThat(first).exists();
        assertStopped(run, parts, () -> Files.exists(second));
        assertThat(first).exists(); // every other point is of the second group, and points are noted in order
        RunRecord resumed = TuneRun.run(run, parts, RunObserver.nobody()).record();
        assertThat(resumed.provenance().resumed()).isEqualTo(2);
        assertThat(tops(resumed)).isEqualTo(tops(through));
        assertThat(parts.resolve("task.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("through/task.safetensors"));
        assertThat(parts).isDirectoryNotContaining("glob:**search-*");
    }

    private static void assertStopped(RunConfig run, Path out, BooleanSupplier stop) {
        RunObserver stopping = RunObserver.of(Progress.NONE, new RunStatus(), stop);
        assertThatThrownBy(() -> TuneRun.run(run, out, stopping)).isInstanceOf(StoppedException.class);
    }

    @Test
    void aPointThatDivergesFailsAsItDoesAlone() {
        String[] sgd = {"train.optimizer=sgd", "train.schedule=constant", "train.warmupEpochs=0"};
        Cli alone = tried("alone", "search.grid={train.weightDecay: [1e6]}", sgd);
        Cli beside = tried("beside", "search.grid={train.weightDecay: [0, 1e6, 1e-2]}", sgd);
        assertThat(alone.code()).isNotZero();
        assertThat(beside.code()).isEqualTo(alone.code());
        assertThat(beside.complaint()).isEqualTo(alone.complaint()).contains("lower train.learningRate");
    }

    @Test
    void whatTrainsMoreThanAHeadIsTriedOneByOne() {
        RunConfig run = RunConfig.read(config, List.of("method={type: bias}", "search.repeats=0"));
        Path out = folder.resolve("bias");
        Path journal = out.resolve("search-0.journal.safetensors");
        assertStopped(run, out, () -> Files.exists(journal));
        assertThat(journal).exists();
        assertThat(out).isDirectoryNotContaining("glob:**search-heads*");
    }

    private RunConfig read(String... overrides) {
        List<String> all = new ArrayList<>(LINEAR);
        all.addAll(List.of(overrides));
        return RunConfig.read(config, all);
    }

    private Cli tried(String name, String grid, String... overrides) {
        return inlay("tune", config, "--out", folder.resolve(name), LINEAR, List.of(grid), List.of(overrides));
    }

    private RunRecord tune(String name, String... overrides) {
        return TuneRun.run(read(overrides), folder.resolve(name), RunObserver.nobody())
                .record();
    }

    private static Map<Map<String, String>, Double> tops(RunRecord run) {
        return run.search().stream().collect(Collectors.toMap(SearchTrial::settings, SearchTrial::validationTop1));
    }
}
