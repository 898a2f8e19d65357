package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.inlay.record.CalibrationRecord;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.Mistake;
import dev.inlay.record.RunRecord;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train.calibrate}: a temperature fitted on validation, and who uses it. */
class CalibrationTest {
    private static final String CONFIG =
            """
            threads: 1
            backbone: {name: builtin}
            data: {type: builtin, task: orientation, train: 120, validation: 80, test: 80, workers: 1}
            method: {type: lora, rank: 2}
            train: {epochs: 4, batchSize: 40, learningRate: 1.0e-2, testCurve: true}
            baselines: {linear: false}
            """;

    @TempDir
    private static Path folder;

    private static Path config;

    @BeforeAll
    static void train() throws IOException {
        config = Files.writeString(folder.resolve("run.yaml"), CONFIG);
        for (String calibrate : List.of("false", "true")) {
            Cli tune = inlay("tune", config, "--out", folder.resolve(calibrate), "train.calibrate=" + calibrate);
            assertThat(tune.code()).as(tune.err()).isZero();
            assertThat(tune.out().contains("calibration   ")).as(tune.out()).isEqualTo(calibrate.equals("true"));
        }
    }

    private static RunRecord record(String calibrate) {
        return MetricsFile.read(folder.resolve(calibrate).resolve("metrics.json"));
    }

    @Test
    void changesProbabilitiesAndNothingThatIsPredicted() {
        RunRecord plain = record("false");
        RunRecord calibrated = record("true");
        assertThat(calibrated.accuracy().top1()).isEqualTo(plain.accuracy().top1());
        assertThat(calibrated.confusion()).isEqualTo(plain.confusion());
        assertThat(calibrated.curves().stream().map(epoch -> epoch.trainLoss()))
                .isEqualTo(
                        plain.curves().stream().map(epoch -> epoch.trainLoss()).toList());
        assertThat(calibrated.mistakes()).hasSameSizeAs(plain.mistakes());
        Map<String, String> before = plain.mistakes().stream().collect(toMap(Mistake::id, Mistake::predicted));
        assertThat(calibrated.mistakes())
                .filteredOn(mistake -> before.containsKey(mistake.id()))
                .isNotEmpty()
                .allMatch(mistake -> mistake.predicted().equals(before.get(mistake.id())));

        CalibrationRecord found = calibrated.calibration();
        assertThat(plain.calibration().temperature()).isEqualTo(1);
        assertThat(plain.calibration().errorAtOne()).isNull();
        assertThat(found.temperature()).isNotEqualTo(1);
        assertThat(found.errorAtOne()).isEqualTo(plain.calibration().error());
        assertThat(calibrated.accuracy().crossEntropy())
                .isNotEqualTo(plain.accuracy().crossEntropy());
        assertThat(calibrated.warnings()).isEqualTo(plain.warnings());
    }

    @Test
    void theTaskKeepsItAndEvaluateFindsWhatTheRunReported() throws IOException {
        RunRecord calibrated = record("true");
        Path task = folder.resolve("true/task.safetensors");
        try (Task read = TaskFile.read(task)) {
            assertThat(read.info().temperature())
                    .isEqualTo(calibrated.calibration().temperature());
        }
        JsonNode metrics =
                new ObjectMapper().readTree(folder.resolve("true/metrics.json").toFile());
        JsonNode found = new ObjectMapper()
                .readTree(inlay("evaluate", folder.resolve("true"), "--json").out());
        assertThat(found.get("calibration")).isEqualTo(metrics.get("calibration"));
        assertThat(found.get("crossEntropy")).isEqualTo(metrics.at("/test/crossEntropy"));
        assertThat(inlay("evaluate", folder.resolve("true")).out())
                .containsPattern("ECE, 15 bins +\\d+\\.\\d %   \\(temperature \\S+; \\d+\\.\\d % without\\)");
    }

    /** On validation, where it was fitted, no other temperature has a lower cross-entropy. */
    @Test
    void isTheBestOnValidation() throws IOException {
        Path task = folder.resolve("true/task.safetensors");
        double temperature = record("true").calibration().temperature();
        double best = crossEntropyOnValidation(task);
        assertThat(best).isLessThanOrEqualTo(crossEntropyOnValidation(folder.resolve("false/task.safetensors")));
        for (double factor : new double[] {0.97, 1.03}) {
            Path other = folder.resolve("other.safetensors");
            byte[] bytes = Files.readAllBytes(task);
            String header = new String(bytes, StandardCharsets.ISO_8859_1);
            String digits = Double.toString(temperature);
            String changed =
                    String.format(Locale.ROOT, "%.17f", factor * temperature).substring(0, digits.length());
            Files.write(
                    other,
                    header.replace("\"temperature\":\"" + digits, "\"temperature\":\"" + changed)
                            .getBytes(StandardCharsets.ISO_8859_1));
            assertThat(crossEntropyOnValidation(other)).isGreaterThan(best);
        }
    }

    private double crossEntropyOnValidation(Path task) throws IOException {
        Cli evaluate = inlay("evaluate", config, "--task", task, "--split", "validation", "--json");
        assertThat(evaluate.code()).as(evaluate.err()).isZero();
        return new ObjectMapper().readTree(evaluate.out()).get("crossEntropy").doubleValue();
    }

    @Test
    void predictionsHaveItsProbabilitiesAndRawLogits() throws IOException {
        JsonNode[] rows = new JsonNode[2];
        Path image = folder.resolve("image.png");
        ImageIO.write(new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
        for (int i = 0; i < 2; i++) {
            Path task = folder.resolve((i == 0 ? "false" : "true") + "/task.safetensors");
            Cli predict = inlay("predict", "--task", task, "--logits", image);
            assertThat(predict.code()).as(predict.err()).isZero();
            rows[i] = new ObjectMapper().readTree(predict.out());
        }
        assertThat(rows[1].get("label")).isEqualTo(rows[0].get("label"));
        assertThat(rows[1].get("logits")).isEqualTo(rows[0].get("logits"));
        double temperature = record("true").calibration().temperature();
        double largest =
                rows[1].get("logits").get(rows[1].get("index").intValue()).doubleValue();
        double sum = 0;
        for (JsonNode logit : rows[1].get("logits")) {
            sum += Math.exp((logit.doubleValue() - largest) / temperature);
        }
        assertThat(rows[1].get("score").doubleValue()).isCloseTo(1 / sum, within(1e-6));
        assertThat(rows[1].get("score")).isNotEqualTo(rows[0].get("score"));
    }

    @Test
    void exportsSayWhatToDivideLogitsBy() throws IOException {
        for (String to : List.of("timm", "peft", "onnx")) {
            Cli export =
                    inlay("export", folder.resolve("true/task.safetensors"), "--to", to, "--out", folder.resolve(to));
            assertThat(export.code()).as(export.err()).isZero();
            assertThat(export.out())
                    .contains(
                            "note: the task's probabilities are calibrated, but exported logits are raw: divide them by "
                                    + record("true").calibration().temperature() + " before the softmax");
        }
        assertThat(Files.readString(folder.resolve("onnx/model.onnx"), StandardCharsets.ISO_8859_1))
                .contains(
                        "temperature",
                        Double.toString(record("true").calibration().temperature()));
        Path again = folder.resolve("again.safetensors");
        Cli imported = inlay("import", folder.resolve("peft"), "--backbone", config, "--out", again);
        assertThat(imported.code()).as(imported.err()).isZero();
        try (Task task = TaskFile.read(again)) {
            assertThat(task.info().temperature())
                    .isEqualTo(record("true").calibration().temperature());
        }
    }

    @Test
    void isRefusedWithoutImagesToFitItOn() {
        Cli learned = inlay(
                "tune", config, "--out", folder.resolve("x"), "train.calibrate=true", "train.withValidation=true");
        assertThat(learned.code()).isEqualTo(2);
        assertThat(learned.complaint())
                .contains("train.calibrate (override): fits a temperature on the validation images, from which");
        Cli none = inlay("tune", config, "--out", folder.resolve("x"), "train.calibrate=true", "data.validation=0");
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.complaint()).contains("there is no validation split", "train.calibrate");
    }
}
