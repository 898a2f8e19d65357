package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.config.ExperimentConfig;
import dev.inlay.engine.LocalEngine;
import dev.inlay.error.StoppedException;
import dev.inlay.progress.Progress;
import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.ComparisonRunRecord;
import dev.inlay.record.ExperimentFile;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunStatus;
import dev.inlay.train.RunObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two methods on two tasks with two seeds, done at once and in pieces. */
class CompareCommandTest {
    private static final String CONFIG =
            """
            name: tiny
            threads: 1
            backbone: {name: custom, spec: vit.json, random: true, dropPath: 0.1}
            data: {type: builtin, size: 16, train: 48, validation: 16, test: 24, workers: 1}
            sensitivity: {batchSize: 16, batches: 2, mode: train}
            train: {epochs: 2, batchSize: 16, learningRate: 1e-2, journal: {everySteps: 2, everySeconds: 0}}
            seeds: [0, 5]
            tasks:
              - {name: shape, data: {task: shape}}
              - {name: count, data: {task: count}}
            methods:
              - {name: 'LoRA-1 (q, v)', method: {type: lora, rank: 1}}
              - {name: SPT, method: {type: spt, rank: 1, budget: {parametersOf: 'LoRA-1 (q, v)'}}}
            """;

    @TempDir
    private static Path folder;

    private static Path config;
    private static Path whole;
    private static Cli first;

    @BeforeAll
    static void compareOnce() throws IOException {
        Files.writeString(folder.resolve("vit.json"), TinyRun.SPEC);
        config = Files.writeString(folder.resolve("compare.yaml"), CONFIG);
        whole = folder.resolve("whole");
        first = inlay("compare", config, "--out", whole);
    }

    @Test
    void writesTheTableThreeTimesAndThePage() throws IOException {
        assertThat(first.code()).as(first.err()).isZero();
        ComparisonRecord comparison = ExperimentFile.comparison(whole.resolve("compare.json"));
        assertThat(comparison.points()).hasSize(8).allMatch(ComparisonRunRecord::hasFinished);
        assertThat(comparison.backbones()).containsExactly("custom");
        assertThat(first.out())
                .contains("2 tasks", "±", "2 seeds")
                .contains("LoRA-1 (q, v)", "SPT")
                .contains("report: " + whole.resolve("compare.html"));
        assertThat(whole.resolve("compare.html")).isNotEmptyFile();
        assertThat(first.err()).contains("all: done after");

        assertThat(csv(whole).subList(1, 7)).hasSize(6).allSatisfy(row -> assertThat(row)
                .hasSize(12));
        comparison.methods().forEach(method -> {
            List<String> row = csv(whole).stream()
                    .filter(cells ->
                            cells.get(0).equals(method.name()) && cells.get(1).equals("all tasks"))
                    .findFirst()
                    .orElseThrow();
            assertThat(Double.parseDouble(row.get(2)))
                    .isEqualTo(method.all().accuracy().mean());
            assertThat(Double.parseDouble(row.get(3)))
                    .isEqualTo(method.all().accuracy().spread());
        });
    }

    @Test
    void aReferenceIsABudgetOfExactlyThoseParameters() {
        Map<String, Long> most = new TreeMap<>();
        ExperimentFile.comparison(whole.resolve("compare.json"))
                .points()
                .forEach(point -> most.merge(point.method(), point.parameters(), Math::max));
        // rank 1 beside query and value of two blocks: 2 · 2 · (16 + 16)
        assertThat(most.get("LoRA-1 (q, v)")).isEqualTo(128);
        assertThat(most.get("SPT")).isBetween(120L, 128L);
        assertThat(MetricsFile.read(point("shape", "SPT", 5).resolve("metrics.json"))
                        .plan()
                        .budget())
                .isEqualTo(128);
    }

    @Test
    void aPointIsTheSameAsItsRunAlone() throws IOException {
        Path inside = point("count", "SPT", 5);
        Path alone = folder.resolve("alone");
        assertThat(inlay("tune", inside.resolve("config.json"), "--out", alone).code())
                .isZero();
        assertThat(alone.resolve("task.safetensors")).hasSameBinaryContentAs(inside.resolve("task.safetensors"));
        assertThat(inside.resolve("report.html")).isNotEmptyFile();
    }

    @Test
    void stoppedInTheMiddleItGoesOnAndFindsTheSame() throws IOException {
        Path out = folder.resolve("resumed");
        ExperimentConfig read = ExperimentConfig.comparison(config, List.of());
        AtomicInteger asked = new AtomicInteger();
        RunObserver impatient = RunObserver.of(Progress.NONE, new RunStatus(), () -> asked.incrementAndGet() > 30);
        assertThatThrownBy(() -> Inlay.compare(read, out, impatient, new LocalEngine()))
                .isInstanceOf(StoppedException.class);
        Map<Path, FileTime> done = finished(out);
        assertThat(done.size()).isBetween(1, 7);
        assertThat(out.resolve("compare.json")).doesNotExist();

        Cli resumed = inlay("compare", config, "--out", out);
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(finished(out)).containsAllEntriesOf(done).hasSize(8);
        assertThat(withoutCost(out)).isEqualTo(withoutCost(whole));
    }

    @Test
    void whatFailedIsInTheTableAndIsTriedAgain() throws IOException {
        Path out = folder.resolve("failing");
        String tasks = "tasks=[{name: shape, data: {task: shape}}, {name: bad, data: %s}]";
        Cli failing =
                inlay("compare", config, "--out", out, "seeds=[0]", tasks.formatted("{type: folder, root: nothing}"));
        assertThat(failing.code()).isEqualTo(1);
        assertThat(failing.out()).contains("failed: bad, SPT, seed 0: ", "1 of 2 runs failed");
        assertThat(failing.complaint()).startsWith("inlay: 2 of 4 runs failed");
        ComparisonRecord comparison = ExperimentFile.comparison(out.resolve("compare.json"));
        assertThat(comparison.failures()).hasSize(2);
        assertThat(comparison.methods()).allSatisfy(method -> {
            assertThat(method.all().accuracy()).isNull();
            assertThat(method.tasks().get("shape").accuracy()).isNotNull();
        });
        Cli mended = inlay("compare", config, "--out", out, "seeds=[0]", tasks.formatted("{task: count}"));
        assertThat(mended.code()).as(mended.err()).isZero();
        assertThat(Files.readString(out.resolve("run.log"))).contains("0 of 4 runs are done", "2 of 4 runs are done");
    }

    @Test
    void whatCannotWorkIsRefusedBeforeAnythingRuns() {
        Path out = folder.resolve("refused");
        Cli problems = inlay("compare", config, "--out", out, "train.epochs=0", "seeds=[]");
        assertThat(problems.code()).isEqualTo(2);
        assertThat(problems.complaint()).contains("train.epochs (override)", "seeds (override)");

        String methods = "methods=[{name: deep, method: {type: lora, blocks: [7]}}, {name: odd, method: {type: lora,"
                + " operations: [attn.z]}}, {name: SPT, method: {type: spt}}]";
        Cli sites = inlay("compare", config, "--out", out, methods);
        assertThat(sites.code()).isEqualTo(2);
        assertThat(sites.complaint()).contains("deep: ", "has blocks 0 to 1, found 7", "odd: ", "has no attn.z");

        Cli others = inlay("compare", config, "--out", whole, "train.epochs=3");
        assertThat(others.code()).isEqualTo(2);
        assertThat(others.complaint()).contains("8 of 8 runs with other settings");
        assertThat(out.resolve("runs")).doesNotExist();
    }

    private static Path point(String task, String method, long seed) {
        return whole.resolve("runs").resolve(task).resolve(method).resolve("seed-" + seed);
    }

    private static Map<Path, FileTime> finished(Path out) throws IOException {
        Map<Path, FileTime> finished = new TreeMap<>();
        try (Stream<Path> files = Files.walk(out)) {
            for (Path file : files.filter(f -> f.endsWith("metrics.json")).toList()) {
                finished.put(file, Files.getLastModifiedTime(file));
            }
        }
        return finished;
    }

    /** The rows of the CSV; names here hold commas only inside quotes. */
    private static List<List<String>> csv(Path out) {
        try (Stream<String> lines = Files.lines(out.resolve("compare.csv"))) {
            return lines.map(line -> Arrays.stream(line.split(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", -1))
                            .map(cell -> cell.replace("\"", ""))
                            .toList())
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<List<String>> withoutCost(Path out) {
        List<List<String>> rows = new ArrayList<>();
        csv(out).forEach(row -> {
            List<String> cells = new ArrayList<>(row);
            cells.subList(8, 10).clear();
            rows.add(cells);
        });
        return rows;
    }
}
