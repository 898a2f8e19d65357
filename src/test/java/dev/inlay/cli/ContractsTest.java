package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.data.RawImage;
import dev.inlay.data.builtin.BuiltinDataset;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.data.source.TensorFiles;
import dev.inlay.golden.Golden;
import dev.inlay.progress.Progress;
import dev.inlay.task.Prediction;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What others script against: arguments, files, keys, exit codes. */
class ContractsTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Path WEIGHTS =
            Golden.path("vit_forward/weights.safetensors").toAbsolutePath();
    private static final int GOLDEN_BATCHES = 3;
    private static final int GOLDEN_IMAGE = 3 * 24 * 32;

    @TempDir
    private static Path folder;

    private static Path config;
    private static Path run;
    private static Path tensors;

    @BeforeAll
    static void tuneOnce() throws IOException {
        tensors = joinedBatches();
        Path spec = Files.writeString(
                folder.resolve("spec.json"),
                Golden.json("vit_forward/meta.json").get("spec").toString());
        config = Files.writeString(
                folder.resolve("run.yaml"),
                """
                name: contracts
                seed: 2
                threads: 1
                backbone: {name: custom, file: %s, spec: %s}
                data: {type: builtin, task: shape, size: 32, train: 64, validation: 24, test: 40, workers: 1}
                method: {type: spt, rank: 2, budget: 900, dropout: 0.1}
                sensitivity: {batchSize: 16, batches: 2, head: probe}
                train: {epochs: 2, batchSize: 16, learningRate: 3e-3}
                search: {grid: {train.learningRate: [1e-3, 3e-3]}}
                """
                        .formatted(WEIGHTS, spec));
        run = folder.resolve("run");
        Cli tune = inlay("tune", config, "--out", run);
        assertThat(tune.code()).as(tune.err()).isZero();
        assertThat(tune.out())
                .contains(
                        "test accuracy",
                        "linear probing",
                        run.resolve("report.html").toString());
    }

    /** {@code golden/spt_sensitivity}: batches of 5, 5 and 3 as one data set. */
    private static Path joinedBatches() {
        List<float[]> images = new ArrayList<>();
        List<long[]> labels = new ArrayList<>();
        try (SafeTensorsFile batches = SafeTensorsFile.open(Golden.path("spt_sensitivity/batches.safetensors"))) {
            for (int b = 0; b < GOLDEN_BATCHES; b++) {
                images.add(batches.floats("images." + b));
                labels.add(batches.longs("labels." + b));
            }
        }
        int count = labels.stream().mapToInt(l -> l.length).sum();
        float[] joined = new float[count * GOLDEN_IMAGE];
        int at = 0;
        for (float[] part : images) {
            System.arraycopy(part, 0, joined, at, part.length);
            at += part.length;
        }
        Path file = folder.resolve("joined.safetensors");
        long[] all = labels.stream().flatMapToLong(java.util.Arrays::stream).toArray();
        SafeTensorsWriter.write(
                file,
                List.of(
                        TensorEntry.longs("labels", all, count),
                        TensorEntry.floats("images", joined, count, 3, 24, 32)),
                Map.of());
        return file;
    }

    @Test
    void sensitivityGivesTheGoldenScores() throws IOException {
        Path golden = Files.writeString(
                folder.resolve("golden.yaml"),
                """
                backbone: {name: custom, file: %s, spec: spec.json}
                data: {type: tensors, train: joined.safetensors}
                sensitivity: {batchSize: 5, batches: 3, mode: eval, head: checkpoint}
                """
                        .formatted(WEIGHTS));
        Path out = folder.resolve("scores.safetensors");
        Cli sensitivity = inlay("sensitivity", golden, "--out", out);
        assertThat(sensitivity.code()).as(sensitivity.err()).isZero();

        JsonNode meta = Golden.json("spt_sensitivity/meta.json");
        List<String> noise = Golden.names("spt_sensitivity/meta.json", "rounding_noise");
        try (SafeTensorsFile scores = SafeTensorsFile.open(out);
                SafeTensorsFile expected = SafeTensorsFile.open(Golden.path("spt_sensitivity/scores.safetensors"))) {
            assertThat(scores.names())
                    .containsExactlyElementsOf(Golden.names("spt_sensitivity/meta.json", "order").stream()
                            .filter(name -> name.startsWith("blocks.") || name.startsWith("norm."))
                            .toList());
            for (String name : scores.names()) {
                assertThat(scores.info(name).shape())
                        .isEqualTo(expected.info(name).shape());
                float[] values = scores.floats(name);
                if (noise.contains(name)) {
                    for (float value : values) {
                        assertThat((double) value).as(name).isBetween(0.0, 1e-9);
                    }
                } else {
                    Golden.assertClose(
                            name,
                            values,
                            expected.floats(name),
                            meta.get("tolerance").get("scores"));
                }
            }
        }
        Path plan = folder.resolve("of-golden-scores.json");
        assertThat(inlay("allocate", out, "--budget", 2000, "--out", plan).code())
                .isZero();
        Cli again = inlay("allocate", Golden.path("spt_sensitivity/scores.safetensors"), "--budget", 2000);
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(inlay("inspect", plan).out()).endsWith(again.out());
    }

    static Stream<Integer> goldenPlans() {
        return IntStream.range(0, Golden.json("spt_allocation/cases.json").size())
                .boxed();
    }

    @ParameterizedTest
    @MethodSource("goldenPlans")
    void allocateGivesTheGoldenPlans(int number) {
        JsonNode golden = Golden.json("spt_allocation/cases.json").get(number);
        JsonNode given = golden.get("case");
        Path file = folder.resolve("plan-" + number + ".json");
        List<String> structuredOnly =
                given.get("structured_only").asBoolean() ? List.of("--structured-only") : List.of();
        Cli allocate = inlay(
                "allocate",
                Golden.path("spt_allocation/scores.safetensors"),
                "--tau",
                given.get("tau"),
                "--module",
                given.get("kind").asText(),
                "--rank",
                given.get("rank"),
                "--alpha",
                given.get("alpha"),
                "--beta",
                given.get("beta"),
                "--whole-vectors",
                given.get("whole_vectors"),
                "--class-token",
                "false",
                structuredOnly,
                "--out",
                file);
        assertThat(allocate.code()).as(allocate.err()).isZero();
        JsonNode plan = json(file);
        assertThat(plan.get("tau")).isEqualTo(given.get("tau"));
        assertThat(plan.get("matrices")).isEqualTo(golden.get("matrices"));
        assertThat(plan.get("vectors")).isEqualTo(golden.get("vectors"));
        assertThat(sparse(plan)).isEqualTo(goldenSparse(number));
        JsonNode cost = plan.get("cost");
        assertThat(cost.get("modules")).isEqualTo(golden.get("matrix_params"));
        assertThat(cost.get("vectors")).isEqualTo(golden.get("vector_params"));
        assertThat(cost.get("sparse")).isEqualTo(golden.get("sparse_params"));
        assertThat(cost.get("total")).isEqualTo(golden.get("total"));
    }

    private static Map<String, List<Long>> sparse(JsonNode plan) {
        Map<String, List<Long>> sparse = new LinkedHashMap<>();
        plan.get("sparse").properties().forEach(entry -> {
            List<Long> indices = new ArrayList<>();
            entry.getValue().forEach(index -> indices.add(index.asLong()));
            sparse.put(entry.getKey(), indices);
        });
        return sparse;
    }

    private static Map<String, List<Long>> goldenSparse(int number) {
        Map<String, List<Long>> sparse = new LinkedHashMap<>();
        String prefix = number + ".";
        try (SafeTensorsFile file = SafeTensorsFile.open(Golden.path("spt_allocation/sparse.safetensors"))) {
            file.names().stream()
                    .filter(name -> name.startsWith(prefix))
                    .forEach(name -> sparse.put(
                            name.substring(prefix.length()),
                            java.util.Arrays.stream(file.longs(name)).boxed().toList()));
        }
        return sparse;
    }

    @Test
    void allocateStaysWithinItsBudget() {
        Path file = folder.resolve("budget.json");
        Cli allocate = inlay(
                "allocate",
                Golden.path("spt_allocation/scores.safetensors"),
                "--budget",
                1000,
                "--rank",
                2,
                "--out",
                file);
        assertThat(allocate.code()).as(allocate.err()).isZero();
        JsonNode cost = json(file).get("cost");
        assertThat(cost.get("total").asLong()).isBetween(900L, 1000L);
        assertThat(cost.get("classToken").asLong()).isEqualTo(24);
        assertThat(json(file).get("budget").asLong()).isEqualTo(1000);
    }

    @Test
    void metricsHaveTheirKeys() throws IOException {
        JsonNode metrics = json(run.resolve("metrics.json"));
        assertThat(metrics.at("/test/top1").asDouble(-1)).isBetween(0.0, 1.0);
        assertThat(metrics.at("/baselines/linear/test/top1").asDouble(-1)).isBetween(0.0, 1.0);
        assertThat(metrics.at("/baselines/linear/regularisations").size()).isGreaterThanOrEqualTo(8);
        JsonNode plan = json(run.resolve("plan.json"));
        JsonNode parameters = metrics.get("trainableParameters");
        assertThat(parameters.get("withoutHead")).isEqualTo(plan.at("/cost/total"));
        assertThat(parameters.get("withoutHead").asLong()).isBetween(700L, 900L);
        assertThat(parameters.get("head").asLong()).isEqualTo(8 * (48 + 1));
        assertThat(metrics.get("taskBytes").asLong()).isEqualTo(Files.size(run.resolve("task.safetensors")));
        assertThat(metrics.get("backboneBytes").asLong())
                .isEqualTo(4 * metrics.get("backboneParameters").asLong());
        assertThat(metrics.get("seconds").properties().stream().map(Map.Entry::getKey))
                .containsExactlyInAnyOrder(
                        "load", "probe", "sensitivity", "allocation", "search", "train", "evaluation", "report");
        assertThat(metrics.get("peakResidentBytes").asLong()).isGreaterThan(50_000_000);
        assertThat(metrics.get("curves")).hasSize(2);
        for (String key : List.of("epoch", "learningRate", "trainLoss", "trainTop1", "validationTop1", "seconds")) {
            assertThat(metrics.at("/curves/1").has(key)).as(key).isTrue();
        }
        assertThat(metrics.at("/curves/1").has("testTop1"))
                .as("test is evaluated once")
                .isFalse();
        assertThat(metrics.get("search")).hasSize(2);
        assertThat(Files.readString(run.resolve("report.html")))
                .contains("<html")
                .doesNotContain("<script src");
        assertThat(Files.readString(run.resolve("metrics.prom"))).contains("inlay_run_loss");
        assertThat(Files.readString(run.resolve("run.log"))).contains("train begins");
    }

    @Test
    void theSameConfigGivesTheSameTaskAndAFinishedRunStaysAsItIs() throws IOException {
        byte[] task = Files.readAllBytes(run.resolve("task.safetensors"));
        JsonNode before = json(run.resolve("metrics.json"));
        Cli again = inlay("tune", config, "--out", run);
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(Files.readAllBytes(run.resolve("task.safetensors"))).isEqualTo(task);
        JsonNode after = json(run.resolve("metrics.json"));
        for (String key : List.of("test", "baselines", "curves", "trainableParameters", "plan", "search", "mistakes")) {
            assertThat(after.get(key)).as(key).isEqualTo(before.get(key));
        }

        Path fresh = folder.resolve("fresh");
        assertThat(inlay("tune", config, "--out", fresh).code()).isZero();
        assertThat(Files.readAllBytes(fresh.resolve("task.safetensors"))).isEqualTo(task);
    }

    @Test
    void aFolderBelongsToOneConfig() throws IOException {
        byte[] task = Files.readAllBytes(run.resolve("task.safetensors"));
        Cli other = inlay("tune", config, "--out", run, "seed=3");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.complaint())
                .startsWith("inlay: " + run + " holds a run of another config")
                .hasLineCount(1);
        assertThat(Files.readAllBytes(run.resolve("task.safetensors"))).isEqualTo(task);
    }

    @Test
    void overridesChangeTheRun() {
        Path out = folder.resolve("overridden");
        Cli tune = inlay(
                "tune",
                config,
                "--out",
                out,
                "method.type=linear",
                "method.rank=",
                "search.grid={}",
                "baselines.linear=false");
        assertThat(tune.code()).isEqualTo(2);
        Path plain = folder.resolve("plain.yaml");
        write(
                plain,
                """
                backbone: {name: custom, file: %s, spec: spec.json}
                data: {type: tensors, train: joined.safetensors, test: joined.safetensors}
                method: {type: full}
                baselines: {linear: false}
                train: {epochs: 3}
                """
                        .formatted(WEIGHTS));
        Cli linear = inlay("tune", plain, "--out", out, "method.type=linear", "train.epochs=1", "train.batchSize=5");
        assertThat(linear.code()).as(linear.err()).isZero();
        JsonNode metrics = json(out.resolve("metrics.json"));
        assertThat(metrics.at("/trainableParameters/withoutHead").asLong()).isZero();
        assertThat(metrics.get("curves")).hasSize(1);
        assertThat(metrics.has("plan")).isFalse();
    }

    @Test
    void predictPrintsTheModelsLogitsForImages() throws IOException {
        Path images = images();
        Path single = images.resolve("0.png");
        Cli predict = inlay(
                "predict",
                "--task",
                run.resolve("task.safetensors"),
                "--backbone",
                WEIGHTS,
                "--logits",
                single,
                images);
        assertThat(predict.code()).as(predict.err()).isZero();
        List<Path> files =
                List.of(single, images.resolve("0.png"), images.resolve("1.png"), images.resolve("below/2.png"));
        List<Prediction> expected;
        try (var backbone = dev.inlay.Inlay.backboneOf(run.resolve("task.safetensors"), WEIGHTS);
                TunedModel model = TunedModel.open(run.resolve("task.safetensors"), backbone)) {
            expected = model.predict(files);
        }
        List<String> lines = predict.out().lines().toList();
        assertThat(lines).hasSize(files.size());
        for (int i = 0; i < lines.size(); i++) {
            assertSame(JSON.readTree(lines.get(i)), expected.get(i));
        }
    }

    @Test
    void predictPrintsTheModelsLogitsForTensors() throws IOException {
        Cli predict =
                inlay("predict", "--task", run.resolve("task.safetensors"), "--backbone", WEIGHTS, "--logits", tensors);
        assertThat(predict.code()).as(predict.err()).isZero();
        List<Prediction> expected = new ArrayList<>();
        try (var backbone = dev.inlay.Inlay.backboneOf(run.resolve("task.safetensors"), WEIGHTS);
                TunedModel model = TunedModel.open(run.resolve("task.safetensors"), backbone)) {
            model.predict(TensorFiles.open(tensors), 64, Progress.NONE, expected::add);
        }
        List<String> lines = predict.out().lines().toList();
        assertThat(lines).hasSize(13);
        for (int i = 0; i < lines.size(); i++) {
            JsonNode line = JSON.readTree(lines.get(i));
            assertThat(line.get("path").asText()).isEqualTo(Integer.toString(i));
            assertSame(line, expected.get(i));
        }
    }

    private static void assertSame(JsonNode line, Prediction expected) {
        List<Float> logits = new ArrayList<>();
        line.get("logits").forEach(logit -> logits.add(Float.parseFloat(logit.asText())));
        float[] values = expected.logits();
        assertThat(logits).hasSize(values.length);
        int best = 0;
        double sum = 0;
        for (int c = 0; c < values.length; c++) {
            assertThat(logits.get(c)).isEqualTo(values[c]);
            best = values[c] > values[best] ? c : best;
            sum += Math.exp(values[c]);
        }
        assertThat(line.get("path").asText()).isEqualTo(expected.id());
        assertThat(line.get("index").asInt()).isEqualTo(best);
        assertThat(line.get("label").asText())
                .isEqualTo(BuiltinTasks.named("shape").classNames().get(best));
        assertThat(line.get("score").asDouble()).isCloseTo(Math.exp(values[best]) / sum, within(1e-6));
    }

    /** Three synthetic images, one of them in a folder below. */
    private static Path images() throws IOException {
        Path images = folder.resolve("images");
        Files.createDirectories(images.resolve("below"));
        BuiltinDataset drawn = new BuiltinDataset(BuiltinTasks.named("shape"), BuiltinDataset.Split.TEST, 4, 3, 40);
        for (int i = 0; i < 3; i++) {
            RawImage raw = drawn.image(i);
            BufferedImage image = new BufferedImage(raw.width(), raw.height(), BufferedImage.TYPE_INT_RGB);
            for (int p = 0; p < raw.width() * raw.height(); p++) {
                int rgb = (raw.rgb()[3 * p] & 0xff) << 16
                        | (raw.rgb()[3 * p + 1] & 0xff) << 8
                        | raw.rgb()[3 * p + 2] & 0xff;
                image.setRGB(p % raw.width(), p / raw.width(), rgb);
            }
            ImageIO.write(
                    image,
                    "png",
                    images.resolve(i == 2 ? "below/2.png" : i + ".png").toFile());
        }
        return images;
    }

    @Test
    void evaluateFindsWhatTheRunReported() throws IOException {
        JsonNode metrics = json(run.resolve("metrics.json"));
        JsonNode reported = metrics.get("test");
        for (Cli evaluate : List.of(
                inlay("evaluate", config, "--json", "--task", run.resolve("task.safetensors"), "--backbone", WEIGHTS),
                inlay("evaluate", config, "--json", "--task", run.resolve("task.safetensors")),
                inlay("evaluate", run, "--json"))) {
            assertThat(evaluate.code()).as(evaluate.err()).isZero();
            JsonNode found = JSON.readTree(evaluate.out());
            for (String key : List.of("top1", "top5", "meanPerClass", "crossEntropy", "examples", "top1Interval")) {
                assertThat(found.get(key)).as(key).isEqualTo(reported.get(key));
            }
            assertThat(found.get("classification")).isEqualTo(metrics.get("classification"));
        }
        assertThat(inlay(
                                "evaluate",
                                config,
                                "--task",
                                run.resolve("task.safetensors"),
                                "--backbone",
                                WEIGHTS,
                                "--json",
                                "--split",
                                "validation")
                        .out())
                .contains("\"examples\":24");
    }

    @Test
    void evaluatePrintsPrecisionRecallAndF1OfEveryClass() {
        Cli evaluate = inlay("evaluate", run);
        assertThat(evaluate.code()).as(evaluate.err()).isZero();
        JsonNode metrics = json(run.resolve("metrics.json"));
        assertThat(evaluate.out())
                .contains(String.format(
                        Locale.ROOT,
                        "top-1 accuracy   %5.1f %%",
                        100 * metrics.at("/test/top1").doubleValue()))
                .containsPattern("\\(95 % interval \\d+\\.\\d to \\d+\\.\\d %\\)")
                .containsPattern("class +images +precision, % +recall, % +F1, %")
                .containsPattern("(?m)^macro average +\\d+ +\\S+ +\\S+ +\\S+$");
        JsonNode counts = metrics.at("/confusion/counts");
        for (int label = 0; label < counts.size(); label++) {
            String name = metrics.at("/confusion/classNames").get(label).textValue();
            int examples = 0;
            for (JsonNode count : counts.get(label)) {
                examples += count.intValue();
            }
            String recall = String.format(
                    Locale.ROOT, "%.1f", 100.0 * counts.get(label).get(label).intValue() / examples);
            assertThat(evaluate.out())
                    .containsPattern("(?m)^" + name + " +" + examples + " +\\S+ +" + Pattern.quote(recall) + " +\\S+$");
        }
        assertThat(evaluate.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void evaluateComparesAPrecisionWithFloat32() throws IOException {
        Cli same = inlay("evaluate", run, "--json", "--agreement");
        assertThat(same.code()).as(same.err()).isZero();
        JsonNode found = JSON.readTree(same.out());
        assertThat(found.get("precision").textValue()).isEqualTo("float32");
        assertThat(found.get("agreement").doubleValue()).isEqualTo(1);
        assertThat(found.get("top1Float32")).isEqualTo(found.get("top1"));
        Cli rounded = inlay("evaluate", run, "--agreement", "--precision", "bf16");
        if (Precision.BF16.isNative(Device.CPU)) {
            assertThat(rounded.code()).as(rounded.err()).isZero();
            assertThat(rounded.out())
                    .containsPattern("test split, bf16: ")
                    .containsPattern("\n\\d+\\.\\d\\d % of the labels are those in float32, where top-1 accuracy is ");
        } else {
            assertThat(rounded.code()).isEqualTo(2);
            assertThat(rounded.err()).contains("precision: bf16", "avx512_bf16", "use precision: float32, or auto");
        }
        Cli automatic = inlay("evaluate", run, "--json", "--precision", "auto");
        assertThat(automatic.code()).as(automatic.err()).isZero();
        Cli unknown = inlay("evaluate", run, "--precision", "half");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("precision", "float32, bf16, auto", "half");
    }

    @Test
    void aFolderOfPredictionsIsOfOnePrecision() throws IOException {
        assumeTrue(Precision.BF16.isNative(Device.CPU), "SKIPPED: this CPU has no instructions for bf16");
        Path predictions = folder.resolve("rounded");
        Path images = images();
        Object[] command = {
            "predict", "--task", run.resolve("task.safetensors"), "--backbone", WEIGHTS, "--out", predictions, images
        };
        Cli rounded = inlay(Stream.concat(Stream.of(command), Stream.of("--precision", "auto"))
                .toArray());
        assertThat(rounded.code()).as(rounded.err()).isZero();
        Cli exact = inlay(command);
        assertThat(exact.code()).isEqualTo(2);
        assertThat(exact.err()).contains("--precision was bf16 and is float32");
    }

    @Test
    void evaluateWithoutATaskAsksForIt() {
        Cli evaluate = inlay("evaluate", config);
        assertThat(evaluate.code()).isEqualTo(2);
        assertThat(evaluate.err())
                .startsWith("inlay: Missing required option: '--task=FILE'; or give the folder of a run");
    }

    @Test
    void inspectKnowsEveryFile() {
        Map<Path, String> words = new LinkedHashMap<>();
        words.put(run.resolve("task.safetensors"), "backbone.fingerprint");
        words.put(run.resolve("plan.json"), "of a budget of 900");
        words.put(run.resolve("scores.safetensors"), "blocks.0.attn.q.weight");
        words.put(WEIGHTS, "headClasses  7");
        words.put(tensors, "images");
        words.put(run.resolve("journal.safetensors"), "inlay.position");
        words.forEach((file, word) -> {
            Cli inspect = inlay("inspect", file);
            assertThat(inspect.code()).as(inspect.err()).isZero();
            assertThat(inspect.out()).contains(file.toString(), word);
        });
    }

    private static JsonNode json(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
