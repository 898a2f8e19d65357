package dev.inlay.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.engine.Engine;
import dev.inlay.engine.EngineProvider;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SearchTrial;
import dev.inlay.train.RunObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run's search, a point a task, finds what one process finds. */
class SparkSearchTest {
    private static final String CONFIG =
            """
            threads: 1
            backbone: {name: builtin}
            data: {type: builtin, task: orientation, train: 64, validation: 16, test: 16, workers: 1}
            method: {type: spt, rank: 2, budget: 2000}
            sensitivity: {batchSize: 16, batches: 2}
            train: {epochs: 2, batchSize: 16, evaluateEvery: 100, journal: {everySteps: 1, everySeconds: 0}}
            baselines: {linear: false}
            search: {grid: {train.learningRate: [1e-3, 3e-3], method.rank: [1, 2, 4]}}
            """;
    private static final int POINTS = 6;

    @TempDir
    private static Path shared;

    private static RunConfig config;
    private static Path here;
    private static RunRecord expected;

    @TempDir
    private Path folder;

    /** Counts what became of tasks. */
    private static final class Tasks extends SparkListener {
        private final AtomicInteger done = new AtomicInteger();
        private final AtomicInteger lost = new AtomicInteger();

        @Override
        public void onTaskEnd(SparkListenerTaskEnd end) {
            (end.reason() == Success$.MODULE$ ? done : lost).incrementAndGet();
        }
    }

    @BeforeAll
    static void runHere() {
        config = RunConfig.parse(CONFIG, Path.of(""), List.of());
        here = shared.resolve("here");
        expected = Inlay.tune(config, here);
    }

    /** The command is killed while a point is under way and others are done; then this process does the rest. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void aDriverThatIsLostIsGoneOnFrom() throws Exception {
        Path out = folder.resolve("spark");
        Path file = Files.writeString(folder.resolve("run.yaml"), CONFIG);
        Process process = Command.start("tune", file, "--out", out, "--engine", "spark", "--master", "local[1]");
        SparkHome.await(() -> !process.isAlive() || Files.exists(out.resolve("points/2/journal.safetensors")));
        assertThat(process.isAlive()).isTrue();
        process.destroyForcibly().waitFor();
        assertThat(out.resolve("metrics.json")).doesNotExist();
        try (Engine engine = EngineProvider.named("spark").open(Optional.of("local[2]"))) {
            requireSame(run(out, engine), out);
        }
    }

    /** Six points on two executors; one is killed while both have a point under way. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void anExecutorThatIsLostCostsOnlyItsPoint() throws Exception {
        Path out = folder.resolve("cluster");
        Tasks tasks = new Tasks();
        try (Engine engine = SparkHome.cluster(2)) {
            SparkContext.getOrCreate().addSparkListener(tasks);
            CompletableFuture<Void> killed = CompletableFuture.runAsync(() -> {
                SparkHome.await(() -> Sweep.files(out.resolve("points"), "journal.safetensors")
                                .size()
                        == 2);
                SparkHome.killAnExecutor();
            });
            requireSame(run(out, engine), out);
            assertThat(killed).isCompleted();
            SparkContext.getOrCreate().listenerBus().waitUntilEmpty();
        }
        assertThat(tasks.done).hasValue(1 + POINTS + 1);
        assertThat(tasks.lost).hasValue(1);
    }

    private static RunRecord run(Path out, Engine engine) {
        return Inlay.tune(config, out, RunObserver.nobody(), engine);
    }

    private static void requireSame(RunRecord found, Path out) {
        assertThat(trials(found)).hasSize(POINTS).isEqualTo(trials(expected));
        assertThat(out.resolve("task.safetensors")).hasSameBinaryContentAs(here.resolve("task.safetensors"));
        assertThat(names(out)).isEqualTo(names(here));
    }

    private static List<SearchTrial> trials(RunRecord run) {
        return run.search().stream()
                .map(trial -> new SearchTrial(trial.settings(), trial.validationTop1(), 0, trial.chosen()))
                .toList();
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("run.log"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
