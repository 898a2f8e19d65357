package dev.inlay.inputs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.config.ExperimentConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Images;
import dev.inlay.engine.LocalEngine;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.StoppedException;
import dev.inlay.golden.Golden;
import dev.inlay.progress.Progress;
import dev.inlay.record.RunStatus;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.SharedWork;
import dev.inlay.train.run.TuneRun;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run is of what its files held when it began, not of their names. */
class RunInputsTest {
    private static final String SPEC =
            """
            {"height": 16, "width": 16, "patch": 4, "dim": 16, "depth": 1, "heads": 2, "hidden": 24}
            """;
    private static final int EACH = 8;

    @TempDir
    private Path folder;

    private Path images;
    private Path out;

    @BeforeEach
    void drawImages() throws IOException {
        Files.writeString(folder.resolve("vit.json"), SPEC);
        images = folder.resolve("images");
        out = folder.resolve("out");
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < 2 * EACH; i++) {
            String name = (i % 2 == 0 ? "cat" : "dog") + "/" + i + ".png";
            Files.createDirectories(images.resolve(name).getParent());
            draw(name, i);
            list.append(name).append(' ').append(i % 2).append('\n');
        }
        List<String> lines = list.toString().lines().toList();
        Files.write(images.resolve("train.txt"), lines.subList(0, 8));
        Files.write(images.resolve("val.txt"), lines.subList(8, 12));
        Files.write(images.resolve("both.txt"), lines.subList(0, 12));
        Files.write(images.resolve("test.txt"), lines.subList(12, 16));
    }

    @Test
    void aRunGoesOnWithImagesThatWereCopiedBackAndEndsAsOneLeftAlone() throws IOException {
        RunConfig config = config();
        Inlay.tune(config, folder.resolve("alone"));
        interrupt(config);
        for (Path image : List.of(images.resolve("cat/0.png"), images.resolve("dog/13.png"))) {
            byte[] bytes = Files.readAllBytes(image);
            Files.delete(image);
            Files.write(image, bytes);
            Files.setLastModifiedTime(image, FileTime.fromMillis(1_000));
        }
        Inlay.tune(config, out);
        assertThat(out.resolve("task.safetensors")).hasSameBinaryContentAs(folder.resolve("alone/task.safetensors"));
    }

    @Test
    void aRunDoesNotGoOnWithOtherImagesUnderTheSameNames() throws IOException {
        RunConfig config = config();
        interrupt(config);
        byte[] first = Files.readAllBytes(images.resolve("cat/0.png"));
        draw("cat/0.png", 99);
        draw("cat/14.png", 98);
        assertThatThrownBy(() -> Inlay.tune(config, out))
                .isInstanceOf(DataException.class)
                .hasMessage(out + " holds a run of other data: 2 of its files hold something else now (cat/0.png,"
                        + " cat/14.png); put back what it began with, or choose another --out");
        assertThat(out.resolve("task.safetensors")).doesNotExist();
        Files.write(images.resolve("cat/0.png"), first);
        draw("cat/14.png", 14);
        Inlay.tune(config, out);
        assertThat(out.resolve("task.safetensors")).exists();
    }

    @Test
    void aFinishedRunKeepsItsNumbersWhenImagesAreExchanged() throws IOException {
        RunConfig config = config();
        Inlay.tune(config, out);
        byte[] metrics = Files.readAllBytes(out.resolve("metrics.json"));
        draw("dog/15.png", 99);
        assertThatThrownBy(() -> Inlay.tune(config, out))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("(dog/15.png)");
        assertThat(out.resolve("metrics.json")).hasBinaryContent(metrics);
    }

    @Test
    void imagesThatCameOrWentAreNamed() throws IOException {
        RunConfig config = RunConfig.read(yaml("data: {type: folder, root: images}"), List.of());
        interrupt(config);
        draw("cat/new.png", 77);
        Files.delete(images.resolve("dog/1.png"));
        assertThatThrownBy(() -> Inlay.tune(config, out))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("1 of its files are gone (dog/1.png); 1 of its files are new (cat/new.png)");
    }

    @Test
    void anotherOrderOfAListIsAnotherRunButTheSameListWrittenAgainIsNot() throws IOException {
        RunConfig config = config();
        interrupt(config);
        Path list = images.resolve("train.txt");
        List<String> lines = Files.readAllLines(list);
        Files.write(list, lines);
        Files.setLastModifiedTime(list, FileTime.fromMillis(1_000));
        interrupt(config);
        List<String> reversed = new ArrayList<>(lines);
        Collections.reverse(reversed);
        Files.write(list, reversed);
        assertThatThrownBy(() -> Inlay.tune(config, out))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the labels, classes or order of the split train are others");
    }

    @Test
    void otherWeightsUnderTheSameNameAreRefused() throws IOException {
        Path weights = folder.resolve("weights.safetensors");
        Files.copy(Golden.path("vit_forward/weights.safetensors"), weights);
        Files.writeString(
                folder.resolve("vit.json"),
                Golden.json("vit_forward/meta.json").get("spec").toString());
        Path file = yaml("data: {type: folder, root: images}");
        List<String> backbone =
                List.of("backbone={name: custom, spec: %s, file: %s}".formatted(folder.resolve("vit.json"), weights));
        RunConfig config = RunConfig.read(file, backbone);
        interrupt(config);
        Files.setLastModifiedTime(weights, FileTime.fromMillis(1_000));
        interrupt(config);
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 3] ^= 1;
        Files.write(weights, bytes);
        assertThatThrownBy(() -> Inlay.tune(config, out))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the backbone's file holds other weights");
    }

    @Test
    void anotherNetworkUnderTheSameNameIsRefused() throws IOException {
        RunConfig config = config();
        interrupt(config);
        Files.writeString(folder.resolve("vit.json"), SPEC.replace("\"heads\": 2", "\"heads\": 4"));
        assertThatThrownBy(() -> Inlay.tune(config, out))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the network of the backbone is another one");
    }

    @Test
    void aFolderWithoutARecordGoesOnAndHasOneFromThenOn() throws IOException {
        RunConfig config = config();
        interrupt(config);
        Files.delete(out.resolve("inputs.txt"));
        interrupt(config);
        assertThat(out.resolve("inputs.txt")).exists();
        draw("cat/0.png", 99);
        assertThatThrownBy(() -> Inlay.tune(config, out)).isInstanceOf(DataException.class);
    }

    @Test
    void aFolderOfAnotherConfigNamesTheKeysThatDiffer() {
        interrupt(config());
        RunConfig other = RunConfig.read(folder.resolve("run.yaml"), List.of("train.epochs=7", "seed=4"));
        assertThatThrownBy(() -> Inlay.tune(other, out))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("seed was 3 and is 4")
                .hasMessageContaining("train.epochs was 6 and is 7");
    }

    @Test
    void aPointTriedApartIsOfTheImagesOfItsRun() throws IOException {
        RunConfig config = RunConfig.read(
                yaml("data: {type: folder, root: images}"), List.of("search.grid={train.learningRate: [1e-3, 1e-2]}"));
        try (SharedWork shared = new SharedWork()) {
            assertThat(TuneRun.prepareSearch(config, out, RunObserver.nobody(), shared))
                    .hasSize(2);
        }
        draw("cat/2.png", 99);
        try (SharedWork shared = new SharedWork()) {
            assertThatThrownBy(() -> TuneRun.runTrial(config, out, 0, RunObserver.nobody(), shared))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("(cat/2.png)");
        }
    }

    @Test
    void aComparisonDoesNotSetRunsOfOtherImagesBesideFinishedOnes() throws IOException {
        yaml("data: {type: folder, root: images}");
        Path file = Files.writeString(
                folder.resolve("compare.yaml"),
                """
                backbone: {name: custom, spec: vit.json, random: true}
                threads: 1
                train: {epochs: 1, batchSize: 4}
                seeds: [0]
                tasks:
                  - {name: pets, data: {type: folder, root: images, workers: 1}}
                methods:
                  - {name: Linear, method: {type: linear}}
                  - {name: Bias, method: {type: bias}}
                """);
        ExperimentConfig config = ExperimentConfig.comparison(file, List.of());
        Inlay.compare(config, out);
        Path metrics;
        try (var files = Files.walk(out)) {
            metrics = files.filter(path -> path.endsWith("metrics.json"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
        Files.delete(metrics);
        touchAll();
        Inlay.compare(config, out, RunObserver.nobody(), new LocalEngine());
        Files.delete(metrics);
        draw("cat/0.png", 99);
        assertThatThrownBy(() -> Inlay.compare(config, out))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(
                        "is a finished run of other data: 1 of its files hold something else now (cat/0.png)");
    }

    private void touchAll() throws IOException {
        try (var files = Files.walk(images)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.setLastModifiedTime(file, FileTime.fromMillis(5_000));
            }
        }
    }

    private RunConfig config() {
        return RunConfig.read(
                yaml("data: {type: vtab, root: images, train: train.txt, validation: val.txt,"
                        + " trainAndValidation: both.txt, test: test.txt}"),
                List.of());
    }

    private Path yaml(String data) {
        try {
            return Files.writeString(
                    folder.resolve("run.yaml"),
                    """
                    seed: 3
                    threads: 1
                    backbone: {name: custom, spec: vit.json, random: true}
                    %s
                    method: {type: linear}
                    baselines: {linear: false}
                    train: {epochs: 6, batchSize: 4, journal: {everySteps: 1, everySeconds: 0}}
                    """
                            .formatted(data));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void interrupt(RunConfig config) {
        AtomicInteger asked = new AtomicInteger();
        RunObserver watching = RunObserver.of(Progress.NONE, new RunStatus(), () -> asked.incrementAndGet() > 3);
        assertThatThrownBy(() -> Inlay.tune(config, out, watching)).isInstanceOf(StoppedException.class);
    }

    private void draw(String name, int colour) throws IOException {
        BufferedImage image = new BufferedImage(18, 16, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 18; x++) {
            image.setRGB(x, colour % 16, 0x10305 * (colour + 1) + x);
        }
        Files.write(images.resolve(name), Images.encode(image, "png"));
    }
}
