package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.golden.Golden;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks, backbones and images that do not go together, met by predict and evaluate. */
class BadTaskTest {
    private static final Path WEIGHTS =
            Golden.path("vit_forward/weights.safetensors").toAbsolutePath();

    @TempDir
    private static Path folder;

    private static Path config;
    private static Path task;
    private static Path image;

    @BeforeAll
    static void tune() throws IOException {
        Path spec = Files.writeString(
                folder.resolve("spec.json"),
                Golden.json("vit_forward/meta.json").get("spec").toString());
        config = Files.writeString(
                folder.resolve("run.yaml"),
                """
                threads: 1
                backbone: {name: custom, file: %s, spec: %s}
                data: {type: builtin, task: shape, size: 32, train: 16, validation: 8, test: 8, workers: 1}
                method: {type: linear}
                train: {epochs: 1}
                baselines: {linear: false}
                """
                        .formatted(WEIGHTS, spec));
        Cli tune = inlay("tune", config, "--out", folder.resolve("run"));
        assertThat(tune.code()).as(tune.err()).isZero();
        task = folder.resolve("run/task.safetensors");
        image = folder.resolve("image.png");
        ImageIO.write(new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
    }

    @Test
    void aTaskWithoutItsBackboneAsksForIt() {
        refused(2, inlay("predict", "--task", task, image), task.toString(), "needs the backbone custom", "--backbone");
    }

    @Test
    void aTaskOnOtherWeightsOfTheSameShapeIsRefused() {
        Path other = folder.resolve("other.safetensors");
        List<TensorEntry> changed = new ArrayList<>();
        try (SafeTensorsFile whole = SafeTensorsFile.open(WEIGHTS)) {
            for (String name : whole.names()) {
                float[] values = whole.floats(name);
                values[0] += name.equals("norm.bias") ? 1 : 0;
                changed.add(TensorEntry.floats(name, values, whole.info(name).sizes()));
            }
        }
        SafeTensorsWriter.write(other, changed, Map.of());
        refused(3, predict(other, image), task.toString(), "fingerprint", "load the weights");
    }

    @Test
    void aTaskOnABackboneOfAnotherKindIsRefused() {
        refused(3, predict(Golden.path("spt_forward/io.safetensors"), image), "io.safetensors", "missing cls_token");
    }

    @Test
    void aBackboneIsNoTask() {
        refused(3, inlay("predict", "--task", WEIGHTS, image), WEIGHTS.toString(), "expected a task", "backbone");
    }

    @Test
    void aTruncatedTaskIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(task);
        Path cut = folder.resolve("cut.safetensors");
        for (int length : new int[] {0, 7, 100, whole.length / 2, whole.length - 1}) {
            Files.write(cut, Arrays.copyOf(whole, length));
            refused(3, inlay("predict", "--task", cut, "--backbone", WEIGHTS, image), cut.toString());
        }
    }

    @Test
    void aMissingTaskIsNamed() {
        refused(
                3,
                inlay("predict", "--task", folder.resolve("none"), image),
                folder.resolve("none").toString());
    }

    @Test
    void goodImagesArePredictedBesideBadOnes() throws IOException {
        Path text = Files.writeString(folder.resolve("text.jpg"), "no image");
        Cli predict = predict(WEIGHTS, image, text);
        assertThat(predict.code()).isEqualTo(3);
        assertThat(predict.out().lines()).singleElement().asString().contains("image.png");
        assertThat(predict.complaint()).contains("1 of 2 images", text.toString());
    }

    @Test
    void aMissingImageIsNamed() {
        refused(3, predict(WEIGHTS, folder.resolve("gone.png")), "gone.png");
    }

    @Test
    void tensorsOfAnotherSizeAreRefused() {
        Path small = folder.resolve("small.safetensors");
        SafeTensorsWriter.write(
                small,
                List.of(
                        TensorEntry.longs("labels", new long[1], 1),
                        TensorEntry.floats("images", new float[3 * 64], 1, 3, 8, 8)),
                Map.of());
        refused(3, predict(WEIGHTS, small), "expected images of 24 x 32", "found 8 x 8");
    }

    @Test
    void otherClassesThanTheTasksAreNotEvaluated() {
        refused(2, evaluate("data.task=count"), "the classes of the data", "circle");
    }

    @Test
    void anotherTransformThanTheTasksIsNotEvaluated() {
        refused(2, evaluate("data.transform.interpolation=bilinear"), "data.transform", "was trained with");
    }

    @Test
    void theFolderOfACrossValidationIsNotEvaluatedButItsFoldsAre() throws IOException {
        Path whole = folder.resolve("folds");
        Files.createDirectories(whole.resolve("fold-1"));
        Files.copy(folder.resolve("run/config.json"), whole.resolve("config.json"));
        Files.copy(task, whole.resolve("fold-1/task.safetensors"));
        refused(
                2,
                inlay("evaluate", whole, "--backbone", WEIGHTS),
                whole + " is a cross-validation",
                "did you mean " + whole.resolve("fold-1") + "?");
    }

    @Test
    void anUnknownSplitIsBadUsage() {
        Cli evaluate = inlay("evaluate", config, "--task", task, "--backbone", WEIGHTS, "--split", "tests");
        assertThat(evaluate.code()).isEqualTo(2);
        assertThat(evaluate.err()).startsWith("inlay: ").contains("--split", "tests");
    }

    private static Cli predict(Path backbone, Path... inputs) {
        return inlay("predict", "--task", task, "--backbone", backbone, List.of(inputs));
    }

    private static Cli evaluate(String override) {
        return inlay("evaluate", config, "--task", task, "--backbone", WEIGHTS, override);
    }

    private static void refused(int exitCode, Cli command, String... words) {
        assertThat(command.code()).as(command.err()).isEqualTo(exitCode);
        assertThat(command.complaint())
                .as(command.err())
                .startsWith("inlay: ")
                .contains(words)
                .doesNotContain("unexpected failure", "\tat ");
        assertThat(command.err().split("inlay: ", -1)).as(command.err()).hasSize(2);
        assertThat(command.out()).isEmpty();
    }
}
