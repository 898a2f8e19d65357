package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.data.Images;
import dev.inlay.record.ExperimentFile;
import dev.inlay.record.SuiteRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two methods on two tasks with two seeds as a suite: done at once, killed in the middle, and summed up by other code. */
class SuiteCommandTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String CONFIG =
            """
            name: tiny
            about: Two synthetic tasks.
            obtain: draw them
            threads: 1
            backbone: {name: custom, spec: vit.json, random: true}
            data: {type: builtin, size: 16, train: 48, validation: 16, test: 24, workers: 1}
            sensitivity: {batchSize: 16, batches: 2}
            train: {epochs: 3, batchSize: 16, learningRate: 1e-2, testCurve: true, journal: {everySteps: 2, everySeconds: 0}}
            seeds: [0, 5]
            tasks:
              - {name: shape, group: What, classes: 8, examples: {test: 24}, data: {task: shape}}
              - {name: count, group: How many, examples: {test: 1000}, data: {task: count}}
            methods:
              - {name: 'LoRA-1 (q, v)', method: {type: lora, rank: 1}}
              - {name: SPT, method: {type: spt, rank: 1}, search: {grid: {method.budget: [60, 120]}}}
            published:
              - {method: Full, source: nowhere, tasks: {shape: 50, count: 30.5}}
              - {method: Half, source: elsewhere, groups: {What: 44}}
            """;

    @TempDir
    private static Path folder;

    private static Path config;
    private static Path whole;
    private static Cli first;

    @BeforeAll
    static void runOnce() throws IOException {
        Files.writeString(folder.resolve("vit.json"), TinyRun.SPEC);
        config = Files.writeString(folder.resolve("suite.yaml"), CONFIG);
        whole = folder.resolve("whole");
        first = inlay("suite", config, "--out", whole);
    }

    @Test
    void writesTheTableThePageAndARecordOfEachRun() throws Exception {
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out())
                .contains("the images of 2 of 2 tasks are there")
                .contains("What", "How many", "mean of 2 tasks", "mean of 2 groups", "last epoch", "best on test")
                .containsPattern("(?m)^note: .*3 seeds.* 2")
                .containsPattern("(?m)^note: count: .*24 .*1000")
                .contains("report: " + whole.resolve("suite.html"));
        assertThat(Files.readString(whole.resolve("suite.html"))).contains("nowhere", "[2]", "mean of 2 groups");
        assertThat(whole.resolve("compare.json")).doesNotExist();
        List<JsonNode> trials = trials(whole);
        assertThat(trials).hasSize(8);
        for (JsonNode trial : trials) {
            String config = trial.get("config").toString();
            assertThat(trial.get("configHash").asText()).isEqualTo(sha256(config));
            assertThat(config).doesNotContain(folder.toString());
            assertThat(trial.at("/config/seed")).isEqualTo(trial.get("seed"));
            assertThat(trial.at("/provenance/inlay").asText()).isNotEmpty();
            assertThat(trial.at("/provenance/device").asText()).isEqualTo("cpu");
            assertThat(trial.at("/provenance/fingerprints").properties().stream()
                            .map(Map.Entry::getKey))
                    .containsExactly("backbone", "train", "test", "data");
            assertThat(trial.get("testEvaluations").asInt()).isEqualTo(3);
            assertThat(trial.has("chosen"))
                    .isEqualTo(trial.get("method").asText().equals("SPT"));
        }
    }

    @Test
    void onlySomeTasksPrintARowForEachOfTheirResults() throws IOException {
        Path out = Files.createDirectory(folder.resolve("some"));
        Files.copy(whole.resolve("trials.jsonl"), out.resolve("trials.jsonl"));
        Cli some = inlay("suite", config, "--out", out, "--aggregate-only", "--only", "sha");
        assertThat(some.code()).as(some.err()).isZero();
        assertThat(some.out().lines().filter(line -> line.startsWith("shape")))
                .hasSize(5)
                .anyMatch(line -> line.matches("shape   SPT             last epoch     \\d+\\.\\d ± \\d+\\.\\d"))
                .anyMatch(line -> line.matches("shape   Full            published       +50\\.0"));
        assertThat(some.out()).doesNotContain("mean of 2", "–").doesNotContainPattern("(?m)^count");
    }

    @Test
    void theTablesAreWhatOtherCodeMakesOfTheRecords() throws IOException {
        JsonNode suite = JSON.readTree(Files.readString(whole.resolve("suite.json")));
        Map<String, String> csv = new TreeMap<>();
        for (String line : Files.readAllLines(whole.resolve("suite.csv"))) {
            String[] cells = line.split(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", -1);
            csv.put(String.join("/", List.of(cells).subList(0, 4)).replace("\"", ""), cells[4] + " " + cells[5]);
        }
        for (JsonNode row : suite.get("methods")) {
            for (String protocol : List.of("lastEpoch", "bestOnTest")) {
                String words = protocol.equals("lastEpoch") ? "last epoch" : "best on test";
                String of = row.get("method").asText() + "/" + words;
                double[][] accuracies = accuracies(row.get("method").asText(), protocol);
                JsonNode found = row.get(protocol);
                expect(found.at("/tasks/shape"), csv.get(of + "/task/shape"), accuracies[0]);
                expect(found.at("/tasks/count"), csv.get(of + "/task/count"), accuracies[1]);
                expect(found.at("/groups/What"), csv.get(of + "/group/What"), accuracies[0]);
                expect(found.at("/groups/How many"), csv.get(of + "/group/How many"), accuracies[1]);
                double[] means = new double[2];
                for (int seed = 0; seed < 2; seed++) {
                    means[seed] = (accuracies[0][seed] + accuracies[1][seed]) / 2;
                }
                expect(found.get("meanOfTasks"), csv.get(of + "/mean/tasks"), means);
                expect(found.get("meanOfGroups"), csv.get(of + "/mean/groups"), means);
            }
        }
        assertThat(Double.parseDouble(csv.get("Full/published/mean/tasks").strip()))
                .isCloseTo(0.4025, within(1e-12));
        assertThat(csv).containsKey("Half/published/group/What").doesNotContainKey("Half/published/mean/groups");
    }

    @Test
    void aggregateOnlyMakesTheSameTablesFromTheRecordsOfTwoMachines() throws IOException {
        Path other = Files.createDirectories(folder.resolve("other"));
        List<String> lines = Files.readAllLines(whole.resolve("trials.jsonl"));
        List<String> shuffled = new ArrayList<>(lines.subList(5, 8));
        shuffled.addAll(lines.subList(0, 6));
        Files.write(other.resolve("trials.jsonl"), shuffled);
        Cli again = inlay("suite", config, "--out", other, "--aggregate-only");
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(other.resolve("suite.csv")).hasSameTextualContentAs(whole.resolve("suite.csv"));
        assertThat(other.resolve("runs")).doesNotExist();

        String foreign = lines.get(0).replaceFirst("\"configHash\":\"....", "\"configHash\":\"0000");
        Files.writeString(other.resolve("trials.jsonl"), foreign + "\n", StandardOpenOption.APPEND);
        Cli mixed = inlay("suite", config, "--out", other, "--aggregate-only");
        assertThat(mixed.code()).isEqualTo(3);
        assertThat(mixed.complaint()).contains("trials of two configs (");
    }

    @Test
    void killedInTheMiddleItGoesOnAndFindsTheSame() throws Exception {
        Path killed = folder.resolve("killed");
        Process process = start(killed);
        while (process.isAlive() && lines(killed) < 3) {
            TimeUnit.MILLISECONDS.sleep(2);
        }
        process.destroyForcibly().waitFor();
        int before = lines(killed);
        assertThat(before).as(Files.readString(folder.resolve("killed.txt"))).isBetween(3, 7);
        assertThat(killed.resolve("suite.json")).doesNotExist();
        // what a machine that lost power may leave
        Files.writeString(killed.resolve("trials.jsonl"), "{\"suite\":\"ti", StandardOpenOption.APPEND);

        Cli resumed = inlay("suite", config, "--out", killed);
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(lines(killed)).isEqualTo(8);
        assertThat(killed.resolve("suite.csv")).hasSameTextualContentAs(whole.resolve("suite.csv"));
        for (Path task : tasks(whole)) {
            assertThat(killed.resolve(whole.relativize(task))).hasSameBinaryContentAs(task);
        }
        Cli idle = inlay("suite", config, "--out", killed);
        assertThat(idle.code()).isZero();
        assertThat(lines(killed)).isEqualTo(8);
    }

    @Test
    void aLostRecordIsMadeAgainFromItsRunAndAFailureIsOneUntilItIsMended() throws IOException {
        Path out = folder.resolve("failing");
        String tasks = "tasks=[{name: shape, group: What, data: {task: shape}}, {name: bad, group: What, data: {%s}}]";
        Path damaged = Images.write(folder.resolve("damaged.safetensors"), "no tensors");
        Cli failing = inlay(
                "suite",
                config,
                "--out",
                out,
                "seeds=[0]",
                "published=[]",
                tasks.formatted("type: tensors, train: " + damaged + ", test: " + damaged));
        assertThat(failing.code()).isEqualTo(1);
        assertThat(failing.out()).contains("failed: bad, SPT, seed 0: ");
        SuiteRecord suite = ExperimentFile.suite(out.resolve("suite.json"));
        assertThat(suite.failures()).hasSize(2);
        assertThat(suite.methods()).allSatisfy(method -> {
            assertThat(method.lastEpoch().tasks()).containsOnlyKeys("shape");
            assertThat(method.lastEpoch().groups()).isEmpty();
            assertThat(method.lastEpoch().meanOfTasks()).isNull();
        });
        Files.write(
                out.resolve("trials.jsonl"),
                Files.readAllLines(out.resolve("trials.jsonl")).subList(1, 4));
        Cli mended = inlay("suite", config, "--out", out, "seeds=[0]", "published=[]", tasks.formatted("task: count"));
        assertThat(mended.code()).as(mended.err()).isZero();
        assertThat(lines(out)).isEqualTo(3 + 1 + 2);
        assertThat(ExperimentFile.suite(out.resolve("suite.json")).methods())
                .allSatisfy(method ->
                        assertThat(method.lastEpoch().meanOfTasks().seeds()).isEqualTo(1));
    }

    @Test
    void saysWhatIsMissingAndHowToGetItAndRunsNothingOfIt() throws IOException {
        Path images = Files.createDirectories(folder.resolve("images"));
        Images.png(images.resolve("there/p/a.png"));
        Images.png(images.resolve("there/p/b.png"));
        Images.png(images.resolve("there/p/c.png"));
        Images.write(images.resolve("there/train.json"), "{\"a.png\": 4}");
        Images.write(images.resolve("there/val.json"), "{\"b.png\": 4}");
        Images.write(images.resolve("there/test.json"), "{\"c.png\": 4}");
        String sets =
                "tasks=[{name: cub, group: F, classes: 200, data: {type: json, root: there, images: p}}, {name: dogs, group: F,"
                        + " obtain: ask around, data: {type: json, root: away}}, {name: cars, group: F, data: {type: vtab,"
                        + " root: there}}]";
        Cli dry = inlay("suite", config, "--data-root", images, "--dry-run", "data={}", "published=[]", sets);
        assertThat(dry.code()).as(dry.err()).isZero();
        assertThat(dry.out())
                .contains("the images of 1 of 3 tasks are there")
                .contains("note: 1 classes, the benchmark has 200")
                .contains("not there: " + images.resolve("away"))
                .contains("not there: " + images.resolve("there/train800.txt"))
                .contains("a JSON object from the path of an image below " + images.resolve("away") + " to its class")
                .contains("dogs: ask around")
                .contains("  draw them");
        Cli nothing = inlay(
                "suite",
                config,
                "--data-root",
                images,
                "--out",
                folder.resolve("no"),
                "--only",
                "dogs|cars",
                "data={}",
                "published=[]",
                sets);
        assertThat(nothing.code()).isEqualTo(3);
        assertThat(nothing.complaint()).contains("the images of none of its 2 tasks are there");

        Images.write(images.resolve("there/test.json"), "{\"c.png\": 5}");
        Cli bad = inlay("suite", config, "--data-root", images, "--dry-run", "data={}", "published=[]", sets);
        assertThat(bad.code()).isEqualTo(3);
        assertThat(bad.out()).contains("bad", "test.json: its classes must be those of train.json");
        Cli none = inlay("suite", config, "--dry-run", "--only", "zebra");
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.complaint()).contains("--only leaves no task of tiny; its tasks are shape, count");
    }

    /** By task (shape, count) and seed (0, 5), read without any code of ours. */
    private static double[][] accuracies(String method, String protocol) throws IOException {
        double[][] found = new double[2][2];
        for (JsonNode trial : trials(whole)) {
            if (trial.get("method").asText().equals(method)) {
                int task = trial.get("task").asText().equals("shape") ? 0 : 1;
                int seed = trial.get("seed").asInt() == 0 ? 0 : 1;
                found[task][seed] = protocol.equals("lastEpoch")
                        ? trial.get("top1").asDouble()
                        : trial.at("/bestOnTest/top1").asDouble();
            }
        }
        return found;
    }

    private static void expect(JsonNode found, String csv, double[] values) {
        double mean = (values[0] + values[1]) / 2;
        double spread = Math.abs(values[0] - values[1]) / Math.sqrt(2);
        assertThat(found.get("mean").asDouble()).isCloseTo(mean, within(1e-12));
        assertThat(found.get("spread").asDouble()).isCloseTo(spread, within(1e-12));
        assertThat(found.get("seeds").asInt()).isEqualTo(2);
        assertThat(csv)
                .isEqualTo(
                        found.get("mean").asDouble() + " " + found.get("spread").asDouble());
    }

    private static List<JsonNode> trials(Path out) throws IOException {
        List<JsonNode> trials = new ArrayList<>();
        for (String line : Files.readAllLines(out.resolve("trials.jsonl"))) {
            trials.add(JSON.readTree(line));
        }
        return trials;
    }

    private static int lines(Path out) throws IOException {
        Path file = out.resolve("trials.jsonl");
        return Files.exists(file) ? Files.readString(file).split("\n", -1).length - 1 : 0;
    }

    private static List<Path> tasks(Path out) throws IOException {
        try (Stream<Path> files = Files.walk(out)) {
            return files.filter(file -> file.endsWith("task.safetensors")).toList();
        }
    }

    private static String sha256(String text) throws Exception {
        byte[] bytes = text.getBytes(UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static Process start(Path out) throws IOException {
        return Cli.process("suite", config, "--out", out)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("killed.txt").toFile())
                .start();
    }
}
