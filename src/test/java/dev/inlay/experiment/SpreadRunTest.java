package dev.inlay.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.cli.TinyRun;
import dev.inlay.config.RunConfig;
import dev.inlay.engine.Engine;
import dev.inlay.engine.LocalEngine;
import dev.inlay.engine.WorkItem;
import dev.inlay.engine.WorkListener;
import dev.inlay.engine.Worker;
import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import dev.inlay.error.StoppedException;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SearchTrial;
import dev.inlay.train.RunObserver;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose search is spread finds and leaves what it does by itself. */
class SpreadRunTest {
    private static final RunObserver NOBODY = RunObserver.nobody();
    private static final int POINTS = 6;

    @TempDir
    private static Path shared;

    private static RunConfig config;
    private static Path alone;
    private static RunRecord expected;

    @TempDir
    private Path folder;

    /** Does pieces from the last to the first, and of several pieces all but so many. */
    private record Backwards(int leftOver) implements Engine {
        @Override
        public <R extends Serializable> void run(
                List<? extends WorkItem<R>> items, Worker here, WorkListener<R> listener) {
            int first = items.size() == 1 ? 0 : leftOver;
            for (int i = items.size() - 1; i >= first; i--) {
                listener.finished(i, items.get(i).run(here));
            }
        }
    }

    /** Does all but the first of several pieces, which fails. */
    private record Failing() implements Engine {
        @Override
        public <R extends Serializable> void run(
                List<? extends WorkItem<R>> items, Worker here, WorkListener<R> listener) {
            new Backwards(1).run(items, here, listener);
            if (items.size() > 1) {
                listener.failed(0, "the rate is odd");
            }
        }
    }

    @BeforeAll
    static void runAlone() {
        config = RunConfig.read(
                TinyRun.config(shared),
                List.of("search.grid={train.learningRate: [1e-3, 1e-2, 3e-3], method.rank: [1, 2]}"));
        alone = shared.resolve("alone");
        expected = Inlay.tune(config, alone);
    }

    @Test
    void findsWhatTheRunAloneFindsAndLeavesTheSameFiles() {
        Path out = folder.resolve("out");
        RunRecord found = Inlay.tune(config, out, NOBODY, new LocalEngine());
        requireSame(found, out);
    }

    @Test
    void anyProcessGoesOnWithIt() {
        Path out = folder.resolve("out");
        assertThatThrownBy(() -> Inlay.tune(config, out, NOBODY, new Backwards(4)))
                .isInstanceOf(StoppedException.class);
        assertThatThrownBy(() -> Inlay.tune(config, out, NOBODY, new Failing()))
                .isInstanceOf(InlayException.class)
                .hasMessageStartingWith("1 of 6 points of the search failed, such as: the rate is odd; ");
        requireSame(Inlay.tune(config, out), out);
    }

    @Test
    void aFolderOfAnotherConfigIsRefused() {
        RunConfig other = RunConfig.read(shared.resolve("run.yaml"), List.of("seed=6"));
        assertThatThrownBy(() -> Inlay.tune(other, alone, NOBODY, new LocalEngine()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("holds a run of another config");
    }

    private static void requireSame(RunRecord found, Path out) {
        assertThat(trials(found)).hasSize(POINTS).isEqualTo(trials(expected));
        assertThat(out.resolve("task.safetensors")).hasSameBinaryContentAs(alone.resolve("task.safetensors"));
        assertThat(names(out)).isEqualTo(names(alone));
    }

    private static List<SearchTrial> trials(RunRecord run) {
        return run.search().stream()
                .map(trial -> new SearchTrial(trial.settings(), trial.validationTop1(), 0, trial.chosen()))
                .toList();
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
