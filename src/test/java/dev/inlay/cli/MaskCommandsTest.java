package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Images;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.image.MaskPalette;
import dev.inlay.data.image.MaskPng;
import dev.inlay.inference.SlidingWindow;
import dev.inlay.inputs.Backbones;
import dev.inlay.progress.Progress;
import dev.inlay.record.MaskQuality;
import dev.inlay.record.MetricsFile;
import dev.inlay.task.MaskPrediction;
import dev.inlay.task.TunedModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code inlay predict} and {@code inlay evaluate} with a task that gives every pixel a class. */
class MaskCommandsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.APPLY);

    @TempDir
    private static Path shared;

    private static Path run;
    private static Path task;
    private static List<String> classes;

    @TempDir
    private Path folder;

    private Path photos;
    private Path out;

    @BeforeAll
    static void tune() {
        RunConfig config = RunConfig.parse(
                """
                threads: 1
                backbone: {name: builtin, imageSize: 64}
                data: {type: builtin, task: segmentation, labels: masks, size: 64, train: 24, validation: 4, test: 12}
                baselines: {linear: false}
                train: {epochs: 2, batchSize: 8, learningRate: 1.0e-2}
                method: {type: linear}
                """,
                Path.of(""),
                List.of());
        run = shared.resolve("run");
        Inlay.tune(config, run);
        task = run.resolve("task.safetensors");
        try (Backbone backbone = Backbones.of(task, Optional.empty());
                TunedModel model = TunedModel.open(task, backbone)) {
            classes = model.info().classNames();
        }
    }

    @BeforeEach
    void drawPhotos() throws IOException {
        photos = folder.resolve("photos");
        out = folder.resolve("out");
        draw("a.png", 0);
        draw("b.png", 1);
        draw("sub/a.png", 2);
        draw("sub/deep/c.png", 3);
    }

    /** Blocks of colour, 90 x 70 pixels. */
    private void draw(String name, int seed) throws IOException {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(90, 70, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 70; y += 10) {
            for (int x = 0; x < 90; x += 10) {
                int colour = random.nextInt(1 << 24);
                for (int i = 0; i < 100; i++) {
                    image.setRGB(x + i % 10, y + i / 10, colour);
                }
            }
        }
        Path file = photos.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, Images.encode(image, name.endsWith("jpg") ? "jpg" : "png"));
    }

    private static Map<String, MaskPrediction> expected(Path... files) {
        Map<String, MaskPrediction> expected = new TreeMap<>();
        try (Backbone backbone = Backbones.of(task, Optional.empty());
                TunedModel model = TunedModel.open(task, backbone)) {
            model.segment(List.of(files)).forEach(prediction -> expected.put(prediction.id(), prediction));
        }
        return expected;
    }

    private Path[] files() throws IOException {
        try (Stream<Path> files = Files.walk(photos)) {
            return files.filter(Files::isRegularFile).sorted().toArray(Path[]::new);
        }
    }

    private Cli predict(Object... more) {
        return inlay("predict", "--task", task, "--out", out, List.of(more), photos);
    }

    private Map<String, JsonNode> rows() throws IOException {
        Map<String, JsonNode> rows = new TreeMap<>();
        try (Stream<Path> files = Files.walk(out)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".jsonl")).toList()) {
                for (String line : Files.readAllLines(file)) {
                    JsonNode row = JSON.readTree(line);
                    assertThat(rows.put(row.get("path").asText(), row)).isNull();
                }
            }
        }
        return rows;
    }

    private void requireMasks(Map<String, JsonNode> rows) throws IOException {
        Map<String, MaskPrediction> expected = expected(files());
        assertThat(rows.keySet()).isEqualTo(expected.keySet());
        for (JsonNode row : rows.values()) {
            MaskPrediction prediction = expected.get(row.get("path").asText());
            Mask mask = DECODER.mask(out.resolve(row.get("mask").asText()));
            assertThat(mask.width()).isEqualTo(90);
            assertThat(mask.height()).isEqualTo(70);
            assertThat(mask.values()).isEqualTo(prediction.mask().values());
        }
    }

    @Test
    void aLineSaysTheSizeAndTheShareOfEachClass() throws IOException {
        Map<String, MaskPrediction> expected = expected(files());
        Cli json = inlay("predict", "--task", task, photos);
        assertThat(json.code()).as(json.err()).isZero();
        List<String> lines = json.out().lines().toList();
        assertThat(lines).hasSize(4);
        for (String line : lines) {
            JsonNode row = JSON.readTree(line);
            assertThat(row.properties().stream().map(Map.Entry::getKey))
                    .containsExactly("path", "width", "height", "shares");
            assertThat(row.get("width").asInt()).isEqualTo(90);
            assertThat(row.get("height").asInt()).isEqualTo(70);
            Map<String, Double> shares = expected.get(row.get("path").asText()).shares();
            assertThat(JSON.convertValue(row.get("shares"), new TypeReference<Map<String, Double>>() {}))
                    .isEqualTo(shares);
        }
        Cli csv = inlay("predict", "--task", task, "--format", "csv", photos);
        assertThat(csv.out().lines()).first().isEqualTo("path,width,height," + String.join(",", classes));
        assertThat(csv.out().lines().skip(1)).hasSize(4).allSatisfy(line -> {
            String[] cells = line.split(",");
            assertThat(cells).hasSize(3 + classes.size());
            for (int c = 0; c < classes.size(); c++) {
                double share = expected.get(cells[0]).shares().getOrDefault(classes.get(c), 0.0);
                assertThat(Double.parseDouble(cells[3 + c])).isCloseTo(share, within(1e-6));
            }
        });
    }

    @Test
    void aFolderGetsMasksAndOverlaysWhereTheImagesAreBelowTheirs() throws IOException {
        Cli written = predict("--overlay");
        assertThat(written.code()).as(written.err()).isZero();
        Map<String, JsonNode> rows = rows();
        requireMasks(rows);
        assertThat(rows.values())
                .extracting(row -> row.get("mask").asText())
                .containsExactlyInAnyOrder("masks/a.png", "masks/b.png", "masks/sub/a.png", "masks/sub/deep/c.png");
        for (JsonNode row : rows.values()) {
            RawImage image = DECODER.decode(Path.of(row.get("path").asText()));
            Mask mask = DECODER.mask(out.resolve(row.get("mask").asText()));
            assertThat(out.resolve(row.get("overlay").asText())).hasBinaryContent(MaskPng.overlay(image, mask));
            assertThat(row.get("overlay").asText())
                    .isEqualTo(row.get("mask").asText().replace("masks/", "overlays/"));
            BufferedImage shown =
                    ImageIO.read(out.resolve(row.get("mask").asText()).toFile());
            assertThat(shown.getRGB(5, 5) & 0xffffff).isEqualTo(MaskPalette.colour(mask.at(5, 5)));
        }
        JsonNode legend = JSON.readTree(out.resolve("legend.json").toFile());
        assertThat(legend).hasSize(classes.size());
        for (int c = 0; c < classes.size(); c++) {
            assertThat(legend.get(c).get("index").asInt()).isEqualTo(c);
            assertThat(legend.get(c).get("label").asText()).isEqualTo(classes.get(c));
            assertThat(legend.get(c).get("colour").asText()).isEqualTo("#%06x".formatted(MaskPalette.colour(c)));
        }
        assertThat(out.resolve("legend.svg"))
                .content()
                .contains(classes)
                .contains("#%06x".formatted(MaskPalette.colour(1)));
    }

    @Test
    void theSameCommandPredictsOnlyWhatHasComeOrChanged() throws IOException {
        predict();
        Path kept = out.resolve("masks/a.png");
        Files.setLastModifiedTime(kept, FileTime.fromMillis(1_000));
        draw("b.png", 77);
        draw("new.png", 4);
        Cli again = predict();
        assertThat(again.out()).contains("2 images predicted", "1 anew", "3 had been predicted before");
        assertThat(Files.getLastModifiedTime(kept).toMillis()).isEqualTo(1_000);
        requireMasks(rows());
        assertThat(predict().out()).contains("0 images predicted");
        Cli others = predict("--overlay");
        assertThat(others.code()).isEqualTo(2);
        assertThat(others.complaint()).contains("--overlay was false and is true");
    }

    @Test
    void imagesThatWouldShareAMaskHaveOneEach() throws IOException {
        draw("a.jpg", 5);
        assertThat(predict().code()).isZero();
        Map<String, JsonNode> rows = rows();
        requireMasks(rows);
        assertThat(rows.values())
                .extracting(row -> row.get("mask").asText())
                .containsExactlyInAnyOrder(
                        "masks/a.jpg.png", "masks/a.png.png", "masks/b.png", "masks/sub/a.png", "masks/sub/deep/c.png");
        draw("b.jpg", 6);
        assertThat(predict().code()).isZero();
        requireMasks(rows());
        assertThat(rows().get(photos.resolve("b.jpg").toString()).get("mask").asText())
                .isEqualTo("masks/b.jpg.png");
    }

    @Test
    void commandsOnOtherFoldersLeaveEarlierMasksAlone() throws IOException {
        assertThat(predict().code()).isZero();
        Cli below = inlay("predict", "--task", task, "--out", out, photos.resolve("sub/deep"));
        assertThat(below.code()).isZero();
        photos = folder.resolve("more");
        draw("a.png", 8);
        assertThat(predict().code()).isZero();
        Path[] more = files();
        photos = folder.resolve("photos");
        Map<String, JsonNode> rows = rows();
        JsonNode added = rows.remove(more[0].toString());
        requireMasks(rows);
        assertThat(added.get("mask").asText()).isEqualTo("masks/a.png.png");
        assertThat(DECODER.mask(out.resolve("masks/a.png.png")).values())
                .isEqualTo(expected(more).values().iterator().next().mask().values());
    }

    @Test
    void anImageThatCannotBeUsedHasARowThatSaysWhyAndNoMask() throws IOException {
        Files.writeString(photos.resolve("bad.png"), "no image");
        assertThat(predict("--overlay").out()).contains("5 images predicted, 1 of them unusable");
        JsonNode row = rows().get(photos.resolve("bad.png").toString());
        assertThat(row.get("error").asText()).contains("bad.png");
        assertThat(row.has("mask")).isFalse();
        assertThat(out.resolve("masks/bad.png")).doesNotExist();
        Cli printed = inlay("predict", "--task", task, photos);
        assertThat(printed.code()).isEqualTo(3);
        assertThat(printed.out().lines()).hasSize(4);
        assertThat(printed.complaint()).contains("1 of 5 images cannot be used", "bad.png");
    }

    @Test
    void optionsOfLabelsAreRefusedTogether() {
        Cli all = inlay("predict", "--task", task, "--top-k", "3", "--logits", "--embeddings", photos);
        assertThat(all.code()).isEqualTo(2);
        assertThat(all.complaint())
                .contains("--top-k, --logits, --embeddings: " + task
                        + " gives every pixel a class, not an image; leave them out");
        Cli logits = predict("--logits");
        assertThat(logits.code()).isEqualTo(2);
        assertThat(logits.complaint()).contains("--logits: ", "leave it out");
        Cli parquet = predict("--format", "parquet");
        assertThat(parquet.code()).isEqualTo(2);
        assertThat(parquet.complaint()).contains("--format parquet", "written as JSON");
        Cli printed = inlay("predict", "--task", task, "--overlay", photos);
        assertThat(printed.code()).isEqualTo(2);
        assertThat(printed.complaint()).contains("--overlay goes with --out");
        assertThat(out).doesNotExist();
    }

    @Test
    void aTaskOfLabelsHasNoOverlays() {
        Inlay.tune(
                RunConfig.parse(
                        """
                        threads: 1
                        data: {type: builtin, task: orientation, train: 16, validation: 0, test: 8}
                        baselines: {linear: false}
                        train: {epochs: 1, batchSize: 16}
                        method: {type: linear}
                        """,
                        Path.of(""),
                        List.of()),
                folder.resolve("labels"));
        Path labels = folder.resolve("labels/task.safetensors");
        Cli refused = inlay("predict", "--task", labels, "--out", out, "--overlay", photos);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.complaint())
                .contains("--overlay: " + labels + " gives images labels, not pixels; leave it out");
        assertThat(out).doesNotExist();
    }

    @Test
    void aKilledCommandLeavesNoHalfAMaskAndTheSameOneGoesOn() throws Exception {
        for (int i = 0; i < 40; i++) {
            draw("many/" + i + ".png", 100 + i);
        }
        Process process = Cli.process("predict", "--task", task, "--out", out, "--overlay", "--partition", "5", photos)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log.txt").toFile())
                .start();
        while (process.isAlive() && masks().isEmpty()) {
            Thread.sleep(5);
        }
        process.destroyForcibly().waitFor();
        assertThat(masks()).as(Files.readString(folder.resolve("log.txt"))).isNotEmpty();
        for (Path mask : masks()) {
            assertThat(DECODER.mask(mask).width()).isEqualTo(90);
        }
        Path left = Files.writeString(out.resolve("masks/.a.png.tmp1-12345678-1"), "half");
        assertThat(predict("--overlay", "--partition", "5").code()).isZero();
        assertThat(left).doesNotExist();
        requireMasks(rows());
        assertThat(masks()).hasSize(44);
    }

    @Test
    void imagesAreShownInWindowsAtTheirOwnSizeWhereThatIsAskedFor() throws IOException {
        Map<String, MaskPrediction> expected = new TreeMap<>();
        try (Backbone backbone = Backbones.of(task, Optional.empty());
                TunedModel model = TunedModel.open(task, backbone)) {
            model.segment(
                    List.of(files()),
                    new SlidingWindow(20, 20),
                    Progress.NONE,
                    prediction -> expected.put(prediction.id(), prediction));
        }
        Cli printed = inlay("predict", "--task", task, "--slide", "--stride", "20", photos);
        assertThat(printed.code()).as(printed.err()).isZero();
        for (String line : printed.out().lines().toList()) {
            JsonNode row = JSON.readTree(line);
            assertThat(JSON.convertValue(row.get("shares"), new TypeReference<Map<String, Double>>() {}))
                    .isEqualTo(expected.get(row.get("path").asText()).shares());
        }
        assertThat(predict("--slide", "--stride", "20").code()).isZero();
        boolean different = false;
        for (JsonNode row : rows().values()) {
            MaskPrediction prediction = expected.get(row.get("path").asText());
            byte[] mask = DECODER.mask(out.resolve(row.get("mask").asText())).values();
            assertThat(mask).isEqualTo(prediction.mask().values());
            Path file = Path.of(row.get("path").asText());
            different |= !Arrays.equals(
                    mask, expected(file).values().iterator().next().mask().values());
        }
        assertThat(different).isTrue();
        assertThat(predict("--slide", "--stride", "20").out()).contains("0 images predicted");
        Cli whole = predict();
        assertThat(whole.code()).isEqualTo(2);
        assertThat(whole.complaint()).contains("--slide with --stride was 20 x 20 and is not given");
    }

    @Test
    void evaluationInWindowsIsThatOfTheWholeWhereTheImagesAreOfTheWindowsSize() throws IOException {
        JsonNode whole = JSON.readTree(inlay("evaluate", run, "--json").out());
        JsonNode windows =
                JSON.readTree(inlay("evaluate", run, "--json", "--slide").out());
        assertThat(windows.get("stride")).hasToString("[42,42]");
        assertThat(windows.get("meanIou").asDouble())
                .isCloseTo(whole.get("meanIou").asDouble(), within(1e-3));
        assertThat(windows.get("crossEntropy").asDouble())
                .isCloseTo(whole.get("crossEntropy").asDouble(), within(1e-3));
        Cli larger = inlay("evaluate", run, "--json", "--slide", "data.size=96");
        assertThat(larger.code()).as(larger.err()).isZero();
        assertThat(JSON.readTree(larger.out()).get("examples").asInt()).isEqualTo(12);
        assertThat(inlay("evaluate", run, "--slide", "--stride", "32").out())
                .contains("windows in steps of 32 x 32", "mean IoU");
    }

    @Test
    void severalScalesAreASecondResultBesideTheFirst() throws IOException {
        JsonNode single = JSON.readTree(inlay("evaluate", run, "--json").out());
        Cli both = inlay("evaluate", run, "--json", "--multi-scale");
        assertThat(both.code()).as(both.err()).isZero();
        JsonNode found = JSON.readTree(both.out());
        JsonNode scales = found.get("multiScale");
        assertThat(found.get("meanIou")).isEqualTo(single.get("meanIou"));
        assertThat(scales.get("meanIou").asDouble())
                .isBetween(0.01, 1.0)
                .isNotEqualTo(single.get("meanIou").asDouble());
        assertThat(scales.get("perClassIou").properties().stream().map(Map.Entry::getKey))
                .containsExactlyElementsOf(classes);
        assertThat(inlay("evaluate", run, "--multi-scale", "--slide").out())
                .contains("test split", "multi-scale and mirrored: 12 images");
    }

    @Test
    void stridesThatMakeNoSenseAreRefused() {
        Cli wide = inlay("predict", "--task", task, "--slide", "--stride", "65", photos);
        assertThat(wide.code()).isEqualTo(3);
        assertThat(wide.complaint())
                .contains("a stride of 65 x 65 leaves pixels out; expected at most the window, 64 x 64");
        assertThat(inlay("evaluate", run, "--slide", "--stride", "65").complaint())
                .contains("a stride of 65 x 65 leaves pixels out");
        Cli alone = inlay("evaluate", run, "--stride", "8");
        assertThat(alone.code()).isEqualTo(2);
        assertThat(alone.complaint()).contains("--stride goes with --slide");
        assertThat(inlay("predict", "--task", task, "--slide", "--stride", "0", photos)
                        .code())
                .isEqualTo(2);
    }

    private List<Path> masks() throws IOException {
        if (!Files.isDirectory(out.resolve("masks"))) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(out.resolve("masks"))) {
            return files.filter(file -> Files.isRegularFile(file)
                            && !file.getFileName().toString().startsWith("."))
                    .toList();
        }
    }

    @Test
    void evaluationSaysWhatTheRunSaid() throws IOException {
        MaskQuality test =
                (MaskQuality) MetricsFile.read(run.resolve("metrics.json")).test();
        Cli json = inlay("evaluate", run, "--json");
        assertThat(json.code()).as(json.err()).isZero();
        JsonNode found = JSON.readTree(json.out());
        assertThat(found.get("meanIou").asDouble()).isCloseTo(test.meanIou(), within(1e-6));
        assertThat(found.get("pixelAccuracy").asDouble()).isCloseTo(test.pixelAccuracy(), within(1e-6));
        assertThat(found.get("meanAccuracy").asDouble()).isCloseTo(test.meanAccuracy(), within(1e-6));
        assertThat(found.get("boundaryF").asDouble()).isCloseTo(test.boundaryF(), within(1e-6));
        assertThat(found.get("perClassIou").properties().stream().map(Map.Entry::getKey))
                .containsExactlyElementsOf(classes);
        assertThat(found.get("examples").asInt()).isEqualTo(12);
        Cli text = inlay("evaluate", run, "--split", "validation");
        assertThat(text.code()).as(text.err()).isZero();
        assertThat(text.out())
                .contains("validation split", "4 images", "mean IoU", "boundary")
                .contains(classes);
        Cli agreement = inlay("evaluate", run, "--agreement");
        assertThat(agreement.code()).isEqualTo(2);
        assertThat(agreement.complaint()).contains("--agreement", "masks");
    }
}
