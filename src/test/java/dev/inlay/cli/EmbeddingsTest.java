package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import dev.inlay.config.RunConfig;
import dev.inlay.embedding.EmbeddingFiles;
import dev.inlay.task.TunedModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code inlay predict --embeddings}: what is printed, and a matrix of all images that is as whole as their rows; and {@code
 * inlay similar}, which reads it.
 */
class EmbeddingsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

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
                method: {type: bias}
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
        for (int i = 0; i < 5; i++) {
            draw(i, i);
        }
    }

    private void draw(int i, int shade) throws IOException {
        BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 40; x++) {
            image.setRGB(x, x * (shade + 1) % 40, 0x2f5f0f * (shade + 1));
        }
        ImageIO.write(image, "png", photos.resolve(i + ".png").toFile());
    }

    private static Map<String, float[]> expected(Path photos) throws IOException {
        Map<String, float[]> expected = new TreeMap<>();
        try (Backbone backbone = Inlay.backboneOf(task);
                TunedModel model = TunedModel.open(task, backbone);
                Stream<Path> files = Files.list(photos)) {
            List<Path> images =
                    files.filter(file -> file.toString().endsWith(".png")).toList();
            List<float[]> embeddings = model.embed(images);
            for (int i = 0; i < images.size(); i++) {
                assertThat(embeddings.get(i)).hasSize(backbone.embedDim());
                expected.put(images.get(i).toString(), embeddings.get(i));
            }
        }
        return expected;
    }

    private Map<String, float[]> matrix() {
        Map<String, float[]> rows = new TreeMap<>();
        try (EmbeddingFiles files = EmbeddingFiles.open(out)) {
            for (int i = 0; i < files.ids().size(); i++) {
                rows.put(files.ids().get(i), files.matrix().rows(i, 1));
            }
            assertThat(rows).hasSize(files.ids().size());
        }
        return rows;
    }

    private static void requireEqual(Map<String, float[]> found, Map<String, float[]> expected) {
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        // the last bits may depend on the batch
        found.forEach((id, row) -> assertThat(row).containsExactly(expected.get(id), within(1e-5f)));
    }

    private Cli predict(Object... options) {
        Cli predict = inlay("predict", "--task", task, "--embeddings", "--out", out, List.of(options), photos);
        assertThat(predict.code()).as(predict.err()).isZero();
        return predict;
    }

    @Test
    void aFolderGetsOneMatrixOfAllImagesThatCanBeUsed() throws IOException {
        Files.writeString(photos.resolve("broken.jpg"), "no image");
        predict("--partition", "2");
        requireEqual(matrix(), expected(photos));
        assertThat(Files.readString(out.resolve("predictions.json"))).contains("\"embeddings\":true");
    }

    @Test
    void theMatrixFollowsImagesThatComeAndImagesThatAreReplaced() throws IOException {
        predict("--partition", "2");
        Map<String, float[]> before = matrix();
        draw(5, 5);
        draw(1, 77);
        assertThat(predict("--partition", "2").out()).startsWith("2 images predicted");
        requireEqual(matrix(), expected(photos));
        String replaced = photos.resolve("1.png").toString();
        assertThat(matrix().get(replaced)).isNotEqualTo(before.get(replaced));
    }

    @Test
    void aCommandThatWasKilledBeforeTheMatrixWasWholeIsMadeGoodByTheNext() throws IOException {
        predict();
        Map<String, float[]> whole = matrix();
        Files.delete(out.resolve(EmbeddingFiles.MATRIX));
        assertThat(predict().out()).startsWith("0 images predicted");
        requireEqual(matrix(), whole);

        // killed after a later partition, before the matrix
        Path rows;
        try (Stream<Path> files = Files.walk(out)) {
            rows = files.filter(file -> file.toString().endsWith(".jsonl"))
                    .findFirst()
                    .orElseThrow();
        }
        List<String> lines = new ArrayList<>(Files.readAllLines(rows));
        lines.remove(0);
        Files.write(rows, lines);
        predict();
        requireEqual(matrix(), whole);
    }

    @Test
    void aMatrixThatIsUpToDateStays() throws IOException {
        predict();
        Object key = Files.readAttributes(
                        out.resolve(EmbeddingFiles.MATRIX), java.nio.file.attribute.BasicFileAttributes.class)
                .fileKey();
        predict();
        assertThat(Files.readAttributes(
                                out.resolve(EmbeddingFiles.MATRIX), java.nio.file.attribute.BasicFileAttributes.class)
                        .fileKey())
                .isEqualTo(key);
    }

    @Test
    void aFolderWithoutEmbeddingsIsRefused() {
        inlay("predict", "--task", task, "--out", out, photos);
        Cli refused = inlay("predict", "--task", task, "--embeddings", "--out", out, photos);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.complaint()).contains("--embeddings was false and is true");
    }

    @Test
    void printedLinesHaveThem() throws IOException {
        Map<String, float[]> expected = expected(photos);
        Cli json = inlay("predict", "--task", task, "--embeddings", photos);
        Map<String, float[]> printed = new TreeMap<>();
        for (String line : json.out().lines().toList()) {
            JsonNode row = JSON.readTree(line);
            assertThat(row.has("label")).isTrue();
            printed.put(row.get("path").asText(), JSON.treeToValue(row.get("embedding"), float[].class));
        }
        requireEqual(printed, expected);
        Cli csv = inlay("predict", "--task", task, "--embeddings", "--logits", "--format", "csv", photos);
        assertThat(csv.out().lines()).first().isEqualTo("path,label,score,logits,embedding");
        assertThat(csv.out().lines().skip(1)).hasSize(5).allSatisfy(line -> {
            String[] cells = line.split(",");
            assertThat(cells[4].split(" ")).hasSize(expected.get(cells[0]).length);
        });
    }

    @Test
    void similarImagesAreFoundWithTheTaskOfTheFolder() throws IOException {
        predict();
        Files.copy(photos.resolve("3.png"), folder.resolve("copy.png"));
        Cli copy = inlay("similar", out, "--task", task, "--top-k", "2", "--json", folder.resolve("copy.png"));
        assertThat(copy.code()).as(copy.err()).isZero();
        JsonNode found = JSON.readTree(copy.out());
        assertThat(found.get("path").asText())
                .isEqualTo(folder.resolve("copy.png").toString());
        assertThat(found.get("similar")).hasSize(2);
        assertThat(found.get("similar").get(0).get("path").asText())
                .isEqualTo(photos.resolve("3.png").toString());
        assertThat(found.get("similar").get(0).get("similarity").asDouble()).isCloseTo(1, within(1e-5));

        Path page = folder.resolve("page.html");
        Cli itself = inlay("similar", out, "--task", task, "--top-k", "9", "--page", page, photos.resolve("3.png"));
        assertThat(itself.out().lines().skip(1).filter(line -> !line.isBlank()))
                .hasSize(4)
                .noneMatch(line -> line.contains("3.png"));
        assertThat(Files.readString(page).split("<img src=\"data:image/jpeg", -1))
                .hasSize(6);
    }

    @Test
    void nearDuplicatesOfAFolderAreFoundWithoutTheTask() throws IOException {
        Files.copy(photos.resolve("3.png"), photos.resolve("copy.png"));
        predict();
        Cli groups = inlay("similar", out, "--duplicates", "0.99999");
        assertThat(groups.code()).as(groups.err()).isZero();
        assertThat(groups.out())
                .isEqualTo(
                        "  1.000  %s%n  1.000  %s%n%n".formatted(photos.resolve("3.png"), photos.resolve("copy.png")));
        Files.delete(photos.resolve("copy.png"));
        Path page = folder.resolve("page.html");
        Cli json = inlay("similar", out, "--duplicates", "0.99999", "--json", "--page", page);
        assertThat(JSON.readTree(json.out()).get("duplicates")).hasSize(2);
        assertThat(Files.readString(page)).contains("no image");
    }

    @Test
    void imagesOfAFolderOfTheirClassAreLookedForAmongTheOthers() throws IOException {
        Path classes = folder.resolve("classes");
        for (int i = 0; i < 4; i++) { // each image twice, in the folder of its class
            Path own = Files.createDirectories(classes.resolve("class " + i));
            Files.copy(photos.resolve(i + ".png"), own.resolve("a.png"));
            Files.copy(photos.resolve(i + ".png"), own.resolve("b.png"));
        }
        assertThat(inlay("predict", "--task", task, "--embeddings", "--out", out, classes)
                        .code())
                .isZero();
        JsonNode found =
                JSON.readTree(inlay("similar", out, "--by-class", "--json").out());
        assertThat(found.get("images").asInt()).isEqualTo(8);
        assertThat(found.get("recallAt1").asDouble()).isEqualTo(1);
        assertThat(found.get("meanAveragePrecision").asDouble()).isEqualTo(1);
        assertThat(inlay("similar", out, "--by-class").out())
                .contains("k-NN accuracy (k = 20)", "recall at 1             100.0 %");
        predictInto(folder.resolve("flat"));
        Cli flat = inlay("similar", folder.resolve("flat"), "--by-class");
        assertThat(flat.code()).isEqualTo(3);
        assertThat(flat.complaint()).contains("expected images in a folder for each class, found one folder");
    }

    private void predictInto(Path flat) {
        assertThat(inlay("predict", "--task", task, "--embeddings", "--out", flat, photos)
                        .code())
                .isZero();
    }

    @Test
    void whatCannotBeSearchedIsRefusedInWords() throws IOException {
        Path image = photos.resolve("0.png");
        Cli none = inlay("similar", photos, "--duplicates", "0.9");
        assertThat(none.code()).isEqualTo(3);
        assertThat(none.complaint()).contains("there is no embeddings.npy", "inlay predict --embeddings --out DIR");
        predict();
        Path other = folder.resolve("other.safetensors");
        RunConfig config = RunConfig.parse(
                """
                threads: 1
                seed: 1
                data: {type: builtin, task: orientation, train: 32, validation: 0, test: 16}
                baselines: {linear: false}
                train: {epochs: 1, batchSize: 16}
                method: {type: linear}
                """,
                Path.of(""),
                List.of());
        Inlay.tune(config, folder.resolve("run"));
        Files.copy(folder.resolve("run/task.safetensors"), other);
        Cli another = inlay("similar", out, "--task", other, image);
        assertThat(another.code()).isEqualTo(2);
        assertThat(another.complaint()).contains("holds predictions of another task");
        Files.writeString(out.resolve(EmbeddingFiles.IDS), "[\"a.png\"]");
        Cli apart = inlay("similar", out, "--task", task, image);
        assertThat(apart.code()).isEqualTo(3);
        assertThat(apart.complaint()).contains("expected a row for each of the 1 ids in embeddings.json, found 5");
    }
}
