package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.inlay.data.LabelSpace;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunRecord;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code data.labels: multi} and {@code numbers} through every command. */
class LabelsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> CONFIGS = Map.of(
            "multi",
            """
            threads: 1
            data: {type: builtin, task: count, labels: multi, train: 120, validation: 60, test: 60, workers: 1}
            method: {type: lora, rank: 2}
            train: {epochs: 3, batchSize: 40, learningRate: 1.0e-2, select: best, ema: 0.5, mixup: 0.2}
            """,
            "numbers",
            """
            threads: 1
            data: {type: builtin, task: position, labels: numbers, train: 120, validation: 60, test: 60, workers: 1}
            method: {type: spt, budget: 8000, rank: 2}
            train: {epochs: 3, batchSize: 40, learningRate: 1.0e-2, patience: 2}
            search: {grid: {train.learningRate: [1.0e-2, 3.0e-2]}, repeats: 1}
            """);

    @TempDir
    private static Path folder;

    @BeforeAll
    static void train() throws IOException {
        for (Map.Entry<String, String> config : CONFIGS.entrySet()) {
            Path file = Files.writeString(folder.resolve(config.getKey() + ".yaml"), config.getValue());
            Cli tune = inlay("tune", file, "--out", folder.resolve(config.getKey()));
            assertThat(tune.code()).as(tune.err()).isZero();
            assertThat(tune.out()).contains(config.getKey().equals("multi") ? "test mAP " : "test R² ", "in all ");
        }
    }

    private static RunRecord record(String kind) {
        return MetricsFile.read(folder.resolve(kind).resolve("metrics.json"));
    }

    private static JsonNode json(Cli cli) throws IOException {
        assertThat(cli.code()).as(cli.err()).isZero();
        return JSON.readTree(cli.out());
    }

    private static LabelSpace labels(Path task) {
        try (Task read = TaskFile.read(task)) {
            return read.info().labels();
        }
    }

    private static Path image() throws IOException {
        Path image = folder.resolve("image.png");
        ImageIO.write(new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
        return image;
    }

    @ParameterizedTest
    @ValueSource(strings = {"multi", "numbers"})
    void evaluateFindsWhatTheRunReportedAndCompareCanRankIt(String kind) throws IOException {
        JsonNode metrics =
                JSON.readTree(folder.resolve(kind).resolve("metrics.json").toFile());
        JsonNode found = json(inlay("evaluate", folder.resolve(kind), "--json"));
        metrics.get("test").properties().forEach(measure -> assertThat(found.get(measure.getKey()))
                .as(measure.getKey())
                .isEqualTo(measure.getValue()));
        assertThat(inlay("evaluate", folder.resolve(kind)).out())
                .contains(
                        kind.equals("multi") ? "threshold" : "RMSE",
                        record(kind).test().examples() + " images");
        assertThat(record(kind).linear().test().getClass())
                .isEqualTo(record(kind).test().getClass());
        assertThat(record(kind).confusion()).isNull();
        Cli agreement = inlay("evaluate", folder.resolve(kind), "--agreement");
        assertThat(agreement.code()).isEqualTo(2);
        assertThat(agreement.complaint()).contains("--agreement: counts equal classes");
    }

    @Test
    void theTaskKeepsThresholdsThatWereFittedOnValidation() throws IOException {
        LabelSpace.ClassSet labels = (LabelSpace.ClassSet) labels(folder.resolve("multi/task.safetensors"));
        assertThat(labels.thresholds()).hasSize(8).anyMatch(threshold -> threshold != 0.5);
        JsonNode onValidation = json(inlay(
                "evaluate",
                folder.resolve("multi.yaml"),
                "--task",
                folder.resolve("multi/task.safetensors"),
                "--split",
                "validation",
                "--json"));
        double best = onValidation.get("macroF1").doubleValue();
        Path plain = folder.resolve("union");
        Cli tune = inlay(
                "tune",
                folder.resolve("multi.yaml"),
                "--out",
                plain,
                "train.withValidation=true",
                "train.select=last",
                "train.epochs=1");
        assertThat(tune.code()).as(tune.err()).isZero();
        assertThat(((LabelSpace.ClassSet) labels(plain.resolve("task.safetensors"))).thresholds())
                .as("nothing was held out to fit them on")
                .containsOnly(0.5);
        assertThat(best).isBetween(0.3, 1.0);
    }

    @Test
    void aRunIsJudgedByR2AndKeepsMeanAndDeviation() {
        RunRecord run = record("numbers");
        LabelSpace.Numbers labels = (LabelSpace.Numbers) labels(folder.resolve("numbers/task.safetensors"));
        assertThat(labels.names()).containsExactly("x", "y");
        assertThat(labels.means()).allSatisfy(mean -> assertThat(mean).isCloseTo(0.5, within(0.1)));
        assertThat(run.curves()).allMatch(epoch -> epoch.trainTop1() == null && epoch.validationTop1() != null);
        assertThat(run.search()).hasSize(2);
        double best = run.search().stream()
                .mapToDouble(trial -> trial.validationTop1())
                .max()
                .orElseThrow();
        assertThat(run.chosenTrial().orElseThrow().validationTop1()).isEqualTo(best);
        assertThat(run.repeats()).hasSize(1);
        assertThat(run.data().perClass()).isEmpty();
    }

    @Test
    void predictionsAreTheClassesAboveTheirThreshold() throws IOException {
        Path task = folder.resolve("multi/task.safetensors");
        JsonNode row = json(inlay("predict", "--task", task, "--logits", "--top-k", 8, image()));
        assertThat(row.has("label")).isFalse();
        assertThat(row.get("top")).hasSize(8);
        List<Double> thresholds = ((LabelSpace.ClassSet) labels(task)).thresholds();
        Map<String, Double> above = new TreeMap<>();
        row.get("top").forEach(top -> {
            int index = top.get("index").intValue();
            double score = top.get("score").doubleValue();
            assertThat(score)
                    .isCloseTo(1 / (1 + Math.exp(-row.get("logits").get(index).doubleValue())), within(1e-6));
            if (score >= thresholds.get(index)) {
                above.put(top.get("label").asText(), score);
            }
        });
        Map<String, Double> said = new TreeMap<>();
        row.get("labels")
                .forEach(label ->
                        said.put(label.get("label").asText(), label.get("score").doubleValue()));
        assertThat(said).isEqualTo(above);
        Cli csv = inlay("predict", "--task", task, "--format", "csv", image());
        assertThat(csv.out().lines().findFirst()).contains("path,labels,scores");
        assertThat(csv.out().lines().skip(1).findFirst().orElseThrow().split(",", -1))
                .hasSize(3);
    }

    @Test
    void predictionsAreNumbersInTheirOwnUnits() throws IOException {
        Path task = folder.resolve("numbers/task.safetensors");
        JsonNode row = json(inlay("predict", "--task", task, "--logits", image()));
        LabelSpace.Numbers labels = (LabelSpace.Numbers) labels(task);
        for (int k = 0; k < 2; k++) {
            assertThat(row.get("numbers").get(labels.names().get(k)).doubleValue())
                    .isCloseTo(
                            row.get("logits").get(k).doubleValue()
                                            * labels.deviations().get(k)
                                    + labels.means().get(k),
                            within(1e-6));
        }
        assertThat(inlay("predict", "--task", task, "--format", "csv", image()).out())
                .startsWith("path,x,y");
        Cli ranked = inlay("predict", "--task", task, "--top-k", 2, image());
        assertThat(ranked.code()).isEqualTo(2);
        assertThat(ranked.complaint()).contains("--top-k: ranks classes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"multi", "numbers"})
    void foldersOfPredictionsHaveTheSameRows(String kind) throws IOException {
        Path task = folder.resolve(kind).resolve("task.safetensors");
        Path out = folder.resolve(kind + "-rows");
        Path images = Files.createDirectories(folder.resolve(kind + "-images"));
        Files.copy(image(), images.resolve("a.png"));
        Cli written = inlay("predict", "--task", task, "--out", out, images);
        assertThat(written.code()).as(written.err()).isZero();
        JsonNode printed = json(inlay("predict", "--task", task, images));
        try (var files = Files.walk(out)) {
            Path rows = files.filter(file -> file.toString().endsWith(".jsonl"))
                    .findFirst()
                    .orElseThrow();
            JsonNode row = JSON.readTree(rows.toFile());
            String key = kind.equals("multi") ? "labels" : "numbers";
            assertThat(row.get(key)).isEqualTo(printed.get(key));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"multi", "numbers"})
    void exportsSayWhatTheOutputsAre(String kind) throws IOException {
        Path task = folder.resolve(kind).resolve("task.safetensors");
        Path onnx = folder.resolve(kind + "-onnx");
        assertThat(inlay("export", task, "--to", "onnx", "--out", onnx).code()).isZero();
        assertThat(Files.readString(onnx.resolve("model.onnx"), StandardCharsets.ISO_8859_1))
                .contains("labels", kind);
        assertThat(Files.readString(onnx.resolve("README.md")))
                .contains(
                        kind.equals("multi")
                                ? "A multi-label image classifier of 8 classes"
                                : "A regression from images to 2 numbers");
        assertThat(inlay("inspect", task).out()).contains(kind.equals("multi") ? "thresholds" : "deviations");
    }

    @Test
    void anAdapterComesBackWithItsThresholds() {
        Path task = folder.resolve("multi/task.safetensors");
        Path peft = folder.resolve("multi-peft");
        Cli export = inlay("export", task, "--to", "peft", "--out", peft);
        assertThat(export.code()).as(export.err()).isZero();
        Path again = folder.resolve("again.safetensors");
        Cli imported = inlay("import", peft, "--backbone", folder.resolve("multi.yaml"), "--out", again);
        assertThat(imported.code()).as(imported.err()).isZero();
        assertThat(labels(again)).isEqualTo(labels(task));
    }

    @Test
    void aSplitWhoseImagesHaveNoClassIsRefusedBeforeTraining() throws IOException {
        StringBuilder csv = new StringBuilder("path,label,split\n");
        for (int i = 0; i < 6; i++) {
            BufferedImage drawn = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
            drawn.setRGB(i, i, 0xffffff);
            ImageIO.write(drawn, "png", folder.resolve("none-" + i + ".png").toFile());
            String split = i < 2 ? "train" : i < 4 ? "val" : "test";
            csv.append("none-")
                    .append(i)
                    .append(".png,")
                    .append(i < 4 ? "dog|cat" : "")
                    .append(',')
                    .append(split)
                    .append('\n');
        }
        Files.writeString(folder.resolve("none.csv"), csv);
        Path config = Files.writeString(
                folder.resolve("none.yaml"),
                "data: {type: csv, file: none.csv, labels: multi}\nmethod: {type: linear}\n");

        Cli tune = inlay("tune", config, "--out", folder.resolve("none"));

        assertThat(tune.code()).isNotZero();
        assertThat(tune.complaint())
                .contains("data: no test image has any of the classes, of which average precision needs at least one");
        assertThat(folder.resolve("none/metrics.json")).doesNotExist();
    }

    @Test
    void otherDataIsRefused() {
        Cli evaluate =
                inlay("evaluate", folder.resolve("multi.yaml"), "--task", folder.resolve("numbers/task.safetensors"));
        assertThat(evaluate.code()).isEqualTo(2);
        assertThat(evaluate.complaint()).contains("data.labels: the labels of the data are multi, those of");
    }
}
