package dev.inlay.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.config.ExperimentConfig;
import dev.inlay.engine.Engine;
import dev.inlay.engine.EngineProvider;
import dev.inlay.engine.LocalEngine;
import dev.inlay.error.ConfigException;
import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.ComparisonRunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Comparisons on Spark find what they find in one process. */
class SparkSweepTest {
    @TempDir
    private Path folder;

    @Test
    void inTheSameProcessItFindsTheSame() {
        ExperimentConfig config = Sweep.of(List.of(0), 48);
        ComparisonRecord here = Sweep.run(config, folder.resolve("here"), new LocalEngine());
        ComparisonRecord spark;
        try (Engine engine = EngineProvider.named("spark").open(Optional.of("local[2]"))) {
            spark = Sweep.run(config, folder.resolve("spark"), engine);
        }
        assertThat(spark.points()).hasSize(4).allMatch(ComparisonRunRecord::hasFinished);
        assertThat(Sweep.accuracies(spark)).isEqualTo(Sweep.accuracies(here));
        assertThat(Sweep.results(folder.resolve("spark"))).hasSize(4).isEqualTo(Sweep.results(folder.resolve("here")));
        assertThat(Sweep.files(folder.resolve("spark"), "report.html")).hasSize(4);
    }

    @Test
    void aPointThatFailsIsPartOfTheResult() throws IOException {
        Path damaged = Files.writeString(folder.resolve("damaged.safetensors"), "no tensors");
        ExperimentConfig config = ExperimentConfig.comparison(
                """
                data: {type: builtin, train: 32, validation: 0, test: 32}
                train: {epochs: 1, batchSize: 16}
                tasks: [{name: count, data: {task: count}}, {name: bad, data: {type: tensors, train: %1$s, test: %1$s}}]
                methods: [{name: Bias, method: {type: bias}}]
                """
                        .formatted(damaged),
                Path.of(""),
                List.of());
        try (Engine engine = EngineProvider.named("spark").open(Optional.of("local[1]"))) {
            ComparisonRecord comparison = Sweep.run(config, folder, engine);
            assertThat(comparison.points().get(0).hasFinished()).isTrue();
            assertThat(comparison.points().get(1).error()).contains("damaged.safetensors");
        }
    }

    @Test
    void aMasterThatIsNoneIsRefused() {
        assertThatThrownBy(() -> EngineProvider.named("spark").open(Optional.of("somewhere")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("cannot start on the master somewhere");
    }

    /** Twelve points on two executors; one is killed while both have a run under way. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void anExecutorThatIsLostCostsOnlyItsPoint() throws Exception {
        ExperimentConfig config = Sweep.of(List.of(0, 1, 2), 192);
        Path out = folder.resolve("cluster");
        ComparisonRecord cluster;
        try (Engine engine = SparkHome.cluster(2)) {
            CompletableFuture<ProcessHandle> killed = CompletableFuture.supplyAsync(() -> killOneAtWork(out));
            cluster = Sweep.run(config, out, engine);
            assertThat(killed).isCompleted();
            assertThat(killed.join().isAlive()).isFalse();
        }
        ComparisonRecord here = Sweep.run(config, folder.resolve("here"), new LocalEngine());

        assertThat(cluster.points()).hasSize(12).allMatch(ComparisonRunRecord::hasFinished);
        assertThat(Sweep.accuracies(cluster)).isEqualTo(Sweep.accuracies(here));
        assertThat(Sweep.results(out)).hasSize(12).isEqualTo(Sweep.results(folder.resolve("here")));
        assertThat(Sweep.files(out, "state.json").stream().filter(SparkSweepTest::wasResumed))
                .hasSize(1);
    }

    private static boolean wasResumed(Path state) {
        try {
            return !Files.readString(state).contains("\"resumed\":0");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long underWay(Path out) {
        return Sweep.files(out, "journal.safetensors").stream()
                .filter(journal -> Files.notExists(journal.resolveSibling("metrics.json")))
                .count();
    }

    private static ProcessHandle killOneAtWork(Path out) {
        SparkHome.await(
                () -> underWay(out) >= 2 && Sweep.files(out, "metrics.json").size() >= 2);
        return SparkHome.killAnExecutor();
    }
}
