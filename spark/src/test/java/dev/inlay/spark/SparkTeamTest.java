package dev.inlay.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.engine.EngineProvider;
import dev.inlay.engine.Team;
import dev.inlay.error.ConfigException;
import dev.inlay.error.Host;
import dev.inlay.error.InlayException;
import dev.inlay.parallel.PeerTimeouts;
import dev.inlay.record.RunRecord;
import dev.inlay.train.RunObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run by the tasks of a barrier stage is that of as many processes here, bit for bit, and ends with the loss of one. */
class SparkTeamTest {
    private static final String CONFIG =
            """
            threads: 1
            backbone: {name: builtin, dropPath: 0.1}
            data: {type: builtin, task: orientation, train: 101, validation: 0, test: 16, workers: 1}
            method: {type: lora, rank: 2, dropout: 0.1}
            train: {epochs: 2, batchSize: 8, evaluateEvery: 100, journal: {everySteps: 2, everySeconds: 0}}
            baselines: {linear: false}
            """;

    @TempDir
    private static Path shared;

    private static RunConfig config;
    private static Path here;

    @TempDir
    private Path folder;

    @BeforeAll
    static void runHere() {
        config = RunConfig.parse(CONFIG, Path.of(""), List.of());
        here = shared.resolve("here");
        Inlay.tune(config, here, RunObserver.nobody(), 2);
    }

    @Test
    void inTheSameProcessTheResultIsThatOfTwoProcesses() {
        Path out = folder.resolve("out");
        try (Team team = EngineProvider.named("spark").team(Optional.of("local[2]"), 2)) {
            requireSame(run(config, out, team), out);
        }
    }

    @Test
    void whatARankSaysIsSaid() {
        RunConfig small = RunConfig.parse(CONFIG, Path.of(""), List.of("train.batchSize=1"));
        try (Team team = EngineProvider.named("spark").team(Optional.of("local[2]"), 2)) {
            assertThatThrownBy(() -> run(small, folder.resolve("out"), team))
                    .isInstanceOf(InlayException.class)
                    .hasMessageStartingWith("rank 0 on " + Host.name() + ": ")
                    .hasMessageContaining("batch");
        }
    }

    @Test
    void aMachineWithFewerCoresIsRefused() {
        assertThatThrownBy(() -> EngineProvider.named("spark").team(Optional.of("local[1]"), 2))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--nproc 2: local[1] has 1 cores");
    }

    /** Two executors, one of which is killed while both train. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void aLostExecutorEndsTheRunWhichGoesOn() throws Exception {
        Path out = folder.resolve("cluster");
        try (Team team = SparkHome.team(2)) {
            CompletableFuture<ProcessHandle> killed = CompletableFuture.supplyAsync(() -> {
                SparkHome.await(() -> Files.exists(out.resolve("journal.safetensors")));
                return SparkHome.killAnExecutor();
            });
            assertThatThrownBy(() -> run(config, out, team))
                    .isInstanceOf(InlayException.class)
                    .hasMessageMatching(
                            "(?s)rank [01] on .*(is lost: ExecutorLostFailure|ended without a word|is gone: ).*")
                    .hasMessageEndingWith("rerun the same command to resume");
            assertThat(killed.get().isAlive()).isFalse();
        }
        assertThat(out.resolve("task.safetensors")).doesNotExist();
        try (Team team = SparkHome.team(2)) {
            requireSame(run(config, out, team), out);
        }
    }

    private static RunRecord run(RunConfig config, Path out, Team team) {
        return Inlay.tune(config, out, RunObserver.nobody(), team, 0, PeerTimeouts.DEFAULT.idleness());
    }

    private static void requireSame(RunRecord found, Path out) {
        assertThat(found.curves()).hasSize(2);
        assertThat(out.resolve("task.safetensors")).hasSameBinaryContentAs(here.resolve("task.safetensors"));
    }
}
