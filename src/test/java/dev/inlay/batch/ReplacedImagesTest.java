package dev.inlay.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Images;
import dev.inlay.engine.LocalEngine;
import dev.inlay.engine.Worker;
import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import dev.inlay.progress.Progress;
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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rows of a folder of predictions are those of what the images' files hold, not of their names. */
class ReplacedImagesTest {
    private static final JsonLines JSON = new JsonLines();

    @TempDir
    private static Path shared;

    private static Path task;

    @TempDir
    private Path folder;

    private Path photos;
    private Path out;

    @BeforeAll
    static void tune() {
        RunConfig config = RunConfig.parse(
                """
                threads: 1
                data: {type: builtin, task: orientation, train: 32, validation: 0, test: 16}
                baselines: {linear: false}
                train: {epochs: 1, batchSize: 16}
                method: {type: linear}
                """,
                Path.of(""),
                List.of());
        Inlay.tune(config, shared.resolve("run"));
        task = shared.resolve("run/task.safetensors");
    }

    @BeforeEach
    void drawPhotos() throws IOException {
        photos = Files.createDirectory(folder.resolve("photos"));
        out = folder.resolve("out");
        for (int i = 0; i < 6; i++) {
            draw(i, i);
        }
    }

    @Test
    void aReplacedImageIsPredictedAnewAndTheOthersStay() throws IOException {
        assertThat(predict(1000)).isEqualTo(counts(6, 0, 0, 0));
        Map<String, PredictionRow> before = rows();
        draw(2, 99);
        assertThat(predict(1000)).isEqualTo(counts(1, 5, 1, 0));
        Map<String, PredictionRow> after = rows();
        assertThat(after).hasSize(6);
        String replaced = photos.resolve("2.png").toString();
        assertThat(after.get(replaced).logits())
                .isNotEqualTo(before.get(replaced).logits());
        before.keySet().stream()
                .filter(id -> !id.equals(replaced))
                .forEach(id -> assertThat(JsonLines.line(after.get(id))).isEqualTo(JsonLines.line(before.get(id))));
        assertThat(predict(1000)).isEqualTo(counts(0, 6, 0, 0));

        Path fresh = folder.resolve("fresh");
        predict(fresh, 1000);
        rows(fresh).forEach((id, row) -> {
            assertThat(after.get(id).label()).isEqualTo(row.label());
            assertThat(after.get(id).score()).isCloseTo(row.score(), within(1e-5));
        });
    }

    @Test
    void aImageThatWasTouchedOrCopiedBackKeepsItsRow() throws IOException {
        predict(1000);
        for (int i = 0; i < 6; i++) {
            byte[] bytes = Files.readAllBytes(photos.resolve(i + ".png"));
            Files.delete(photos.resolve(i + ".png"));
            Files.write(photos.resolve(i + ".png"), bytes);
            Files.setLastModifiedTime(photos.resolve(i + ".png"), FileTime.fromMillis(1_000));
        }
        assertThat(predict(1000)).isEqualTo(counts(0, 6, 0, 0));
    }

    @Test
    void whatIsNotAskedForKeepsItsRowWhateverElseIsInItsFile() throws IOException {
        predict(1000);
        Files.delete(photos.resolve("5.png"));
        draw(0, 50);
        assertThat(predict(1000)).isEqualTo(counts(1, 4, 1, 0));
        assertThat(rows()).hasSize(6);
    }

    @Test
    void aReplacedImageThatIsBrokenNowSaysSo() throws IOException {
        predict(1000);
        Files.writeString(photos.resolve("3.png"), "no image");
        predict(1000);
        assertThat(rows().get(photos.resolve("3.png").toString()).error()).contains("3.png");
    }

    @Test
    void everyImageMayBeReplaced() throws IOException {
        predict(2);
        for (int i = 0; i < 6; i++) {
            draw(i, 60 + i);
        }
        assertThat(predict(2)).isEqualTo(counts(6, 0, 6, 0));
        assertThat(rows()).hasSize(6);
    }

    @Test
    void rowsOfAnEarlierVersionStayAndAreRecordedFromThenOn() throws IOException {
        predict(1000);
        for (Path record : files(out, ".inputs")) {
            Files.delete(record);
        }
        assertThat(predict(1000)).isEqualTo(counts(0, 6, 0, 6));
        draw(1, 70);
        assertThat(predict(1000)).isEqualTo(counts(1, 5, 1, 0));
    }

    @Test
    void rowsThatCallTheIndexAsBeforeAreReadAndBroughtToTheNewName() throws IOException {
        predict(1000);
        Map<String, PredictionRow> rows = rows();
        Path part = files(out, ".jsonl").get(0);
        String now = Files.readString(part);
        String before = now.replace("\"index\":", "\"labelIndex\":");
        assertThat(before).isNotEqualTo(now);
        Files.writeString(part, before);
        assertThat(JSON.isOfBefore(part)).isTrue();
        rows().forEach((id, row) -> assertThat(JsonLines.line(row)).isEqualTo(JsonLines.line(rows.get(id))));

        assertThat(predict(1000)).isEqualTo(counts(0, 6, 0, 0));
        assertThat(JSON.isOfBefore(part)).isFalse();
        assertThat(part).hasContent(now);
    }

    @Test
    void theClassesInTopHaveAnIndexUnlessTheyAreOfBefore() throws IOException {
        Path top = folder.resolve("top");
        try (Worker here = new Worker(Progress.NONE, () -> false)) {
            new BatchPrediction(task, Optional.empty(), List.of(photos), "json", 2, false, 1000)
                    .run(top, here, new LocalEngine());
        }
        rows(top).values().forEach(row -> {
            assertThat(row.top()).hasSize(2);
            assertThat(row.top().get(0).index()).isEqualTo(row.index());
            assertThat(row.top().get(1).index()).isNotEqualTo(row.index());
        });
        Path part = files(top, ".jsonl").get(0);
        Files.writeString(
                part,
                "{\"path\":\"a.png\",\"label\":\"wren\",\"labelIndex\":3,\"score\":0.5,\"top\":[{\"label\":\"wren\",\"score\":0.5}]}\n");
        assertThat(rows(top).get("a.png")).satisfies(row -> {
            assertThat(row.index()).isEqualTo(3);
            assertThat(row.top()).containsExactly(new PredictionRow.Top("wren", null, 0.5));
        });
    }

    @Test
    void aCommandThatWasCutShortAfterTheRowsOfAReplacedImageDoesThemAgain() throws IOException {
        predict(1000);
        Path record = files(out, ".inputs").get(0);
        byte[] old = Files.readAllBytes(record);
        draw(1, 70);
        predict(1000);
        Files.write(record, old);
        assertThat(predict(1000)).isEqualTo(counts(1, 5, 1, 0));
        assertThat(rows()).hasSize(6);
    }

    @Test
    void aDamagedFileOfRowsIsNamedWithWhatToDo() throws IOException {
        predict(1000);
        Path part = files(out, ".jsonl").get(0);
        byte[] whole = Files.readAllBytes(part);
        Files.write(part, Arrays.copyOf(whole, whole.length - 7));
        assertThatThrownBy(() -> predict(1000))
                .isInstanceOf(InlayException.class)
                .hasMessageContaining(part + " line 6: expected a row of predictions, found a fault: ")
                .hasMessageContaining("delete the file, and the same command predicts its images again");
        Files.delete(part);
        assertThat(predict(1000)).isEqualTo(counts(6, 0, 0, 0));
    }

    @Test
    void otherOptionsAreNamed() {
        predict(1000);
        assertThatThrownBy(() -> new BatchPrediction(task, Optional.empty(), List.of(photos), "json", 3, false, 1000)
                        .run(out, new Worker(Progress.NONE, () -> false), new LocalEngine()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--top-k was 1 and is 3, --logits was true and is false");
    }

    private Counts predict(int partition) {
        return predict(out, partition);
    }

    private Counts predict(Path into, int partition) {
        try (Worker here = new Worker(Progress.NONE, () -> false)) {
            return new BatchPrediction(task, Optional.empty(), List.of(photos), "json", 1, true, partition)
                    .run(into, here, new LocalEngine());
        }
    }

    private static Counts counts(long predicted, long before, long replaced, long unrecorded) {
        return new Counts(predicted, 0, before, replaced, unrecorded, Map.of());
    }

    private Map<String, PredictionRow> rows() throws IOException {
        return rows(out);
    }

    /** Every row; none of them twice. */
    private static Map<String, PredictionRow> rows(Path out) throws IOException {
        Map<String, PredictionRow> rows = new TreeMap<>();
        for (Path file : files(out, ".jsonl")) {
            JSON.rows(file, row -> assertThat(rows.put(row.path(), row)).isNull());
        }
        return rows;
    }

    private static List<Path> files(Path out, String suffix) throws IOException {
        try (Stream<Path> files = Files.walk(out)) {
            return files.filter(path -> path.toString().endsWith(suffix)).toList();
        }
    }

    private void draw(int name, int seed) throws IOException {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 1600; i++) {
            image.setRGB(i % 40, i / 40, random.nextInt(1 << 24));
        }
        Files.write(photos.resolve(name + ".png"), Images.encode(image, "png"));
    }
}
