package dev.inlay.spark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.batch.BatchPrediction;
import dev.inlay.batch.Counts;
import dev.inlay.engine.Engine;
import dev.inlay.engine.EngineProvider;
import dev.inlay.engine.LocalEngine;
import dev.inlay.engine.Worker;
import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import dev.inlay.progress.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Predictions of many images on Spark: complete, none twice, equal to those of one process. */
class SparkPredictionTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    private static Path shared;

    private static Path task;
    private static Path photos;
    private static Engine spark;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makePhotos() throws IOException {
        task = Photos.task(shared.resolve("run"));
        photos = shared.resolve("photos");
        Photos.write(photos, 60);
        Files.writeString(photos.resolve("broken.png"), "no image");
        spark = EngineProvider.named("spark").open(Optional.of("local[1]"));
    }

    @AfterAll
    static void close() {
        spark.close();
    }

    @Test
    void findsWhatOneProcessFindsAndNothingTwice() {
        BatchPrediction batch = batch("json", 10, photos);
        Path out = folder.resolve("spark");
        assertThat(run(batch, out, spark)).isEqualTo(new Counts(61, 1, 0, 0, 0, Map.of()));
        run(batch, folder.resolve("here"), new LocalEngine());
        Map<String, JsonNode> rows = rows(out);
        assertThat(rows).hasSize(61).isEqualTo(rows(folder.resolve("here")));
        assertThat(rows.get(photos.resolve("broken.png").toString())
                        .get("error")
                        .asText())
                .contains("broken.png");

        assertThat(run(batch, out, spark)).isEqualTo(new Counts(0, 0, 61, 0, 0, Map.of()));
        assertThat(rows(out)).isEqualTo(rows);
    }

    @Test
    void predictsOnlyWhatHasComeSince() {
        Path growing = folder.resolve("growing");
        Photos.write(growing, 20);
        Path out = folder.resolve("out");
        assertThat(run(batch("json", 5, growing), out, spark).predicted()).isEqualTo(20);
        Photos.write(growing, 33);
        assertThat(run(batch("json", 5, growing), out, spark)).isEqualTo(new Counts(13, 0, 20, 0, 0, Map.of()));
        assertThat(rows(out)).hasSize(33);
        assertThatThrownBy(() -> run(
                        new BatchPrediction(task, Optional.empty(), List.of(growing), "json", 2, false, 5), out, spark))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("holds predictions of another task or with other options");
    }

    @Test
    void readsListsAndParquetAndWritesParquet() throws IOException {
        Path table = folder.resolve("table");
        SparkSession session = SparkSession.builder().getOrCreate();
        session.read()
                .format("binaryFile")
                .option("pathGlobFilter", "*.png")
                .load(photos.toString())
                .coalesce(2)
                .write()
                .parquet(table.toString());
        Path list = Files.write(
                folder.resolve("list.txt"),
                Photos.write(folder.resolve("more"), 7).stream()
                        .map(file -> "more/" + file.getFileName())
                        .toList());
        Path out = folder.resolve("out");
        BatchPrediction batch =
                new BatchPrediction(task, Optional.empty(), List.of(table, list), "parquet", 2, true, 1000);
        assertThat(run(batch, out, spark)).isEqualTo(new Counts(68, 1, 0, 0, 0, Map.of()));
        assertThat(run(batch, out, spark)).isEqualTo(new Counts(0, 0, 68, 0, 0, Map.of()));

        run(batch("json", 1000, photos), folder.resolve("here"), new LocalEngine());
        Map<String, JsonNode> expected = rows(folder.resolve("here"));
        Map<String, Row> rows = parquetRows(out);
        assertThat(rows).hasSize(68);
        Row row = rows.entrySet().stream()
                .filter(each -> each.getKey().endsWith("photos/00007.png"))
                .findFirst()
                .orElseThrow()
                .getValue();
        JsonNode same = expected.get(photos.resolve("00007.png").toString());
        assertThat(row.<String>getAs("label")).isEqualTo(same.get("label").asText());
        assertThat(row.<Double>getAs("score")).isCloseTo(same.get("score").asDouble(), within(1e-5));
        assertThat(row.getList(row.fieldIndex("top"))).hasSize(2);
        assertThat(row.getList(row.fieldIndex("logits"))).hasSizeGreaterThan(1);
    }

    /** As the library datasets of Hugging Face writes a column of images. */
    @Test
    void readsStructsOfBytesAndPath() throws IOException {
        Path table = folder.resolve("table");
        SparkSession session = SparkSession.builder().getOrCreate();
        session.read()
                .format("binaryFile")
                .option("pathGlobFilter", "0000*.png")
                .load(photos.toString())
                .coalesce(1)
                .orderBy("path")
                .selectExpr(
                        "named_struct('bytes', IF(path LIKE '%3.png', NULL, content),"
                                + " 'path', IF(path LIKE '%2.png', NULL, substring_index(path, '/', -1))) AS img",
                        "7 AS label")
                .write()
                .parquet(table.toString());
        Path shard = onlyShard(table);
        Files.copy(photos.resolve("00003.png"), table.resolve("00003.png"));
        Path out = folder.resolve("out");
        assertThat(run(batch("json", 10, shard), out, spark)).isEqualTo(new Counts(10, 0, 0, 0, 0, Map.of()));
        run(batch("json", 10, photos), folder.resolve("here"), new LocalEngine());
        Map<String, JsonNode> expected = rows(folder.resolve("here"));
        assertThat(rows(out)).hasSize(10).containsKey(shard + "#2").allSatisfy((id, row) -> {
            String name = id.endsWith("#2") ? "00002.png" : id;
            assertThat(row.get("label"))
                    .isEqualTo(expected.get(photos.resolve(name).toString()).get("label"));
        });
    }

    @Test
    void aTableThatCannotBeReadIsRefusedInOwnWords() throws IOException {
        Path table = folder.resolve("table");
        writeTable(photos, table);
        byte[] whole = Files.readAllBytes(onlyShard(table));
        requireRefused(
                "lzo", withCodec(whole, 6), "compressed with LZO, which cannot be read here; write it with one of");
        requireRefused("future", withCodec(whole, 60), "a codec or feature of Parquet that is not known here");
        requireRefused("cut", Arrays.copyOf(whole, whole.length / 2), "it is cut off or damaged");
        requireRefused("empty", new byte[0], "not a Parquet file: it is empty");
        requireRefused("text", "path,content".getBytes(UTF_8), "not a Parquet file: it does not begin with PAR1");
    }

    private void requireRefused(String name, byte[] content, String why) throws IOException {
        Path table = Files.write(folder.resolve(name + ".parquet"), content);
        assertThatThrownBy(() -> run(batch("json", 10, table), folder.resolve(name), spark))
                .isInstanceOf(InlayException.class)
                .hasMessageContaining(table + ": ")
                .hasMessageContaining(why)
                .hasMessageNotContainingAny("org.apache", "java.", "Exception");
    }

    /** Says of every Snappy-compressed column that it has another codec, in the encoding of Thrift's compact protocol. */
    private static byte[] withCodec(byte[] file, int codec) {
        byte[] other = file.clone();
        for (String column : List.of("path", "content", "length", "modificationTime")) {
            byte[] name = column.getBytes(UTF_8);
            for (int i = name.length; i < other.length - 1; i++) {
                if (other[i] == 0x15
                        && other[i + 1] == 2
                        && Arrays.equals(other, i - name.length, i, name, 0, name.length)) {
                    other[i + 1] = (byte) codec;
                }
            }
        }
        assertThat(other).isNotEqualTo(file);
        return other;
    }

    private static Path onlyShard(Path table) throws IOException {
        try (Stream<Path> files = Files.list(table)) {
            return files.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void rowsOfReplacedImagesAndTablesAreMadeAnewAndTheOthersStay() throws IOException {
        Path changing = folder.resolve("changing");
        List<Path> files = Photos.write(changing, 5);
        Path table = folder.resolve("table");
        writeTable(changing, table);
        Path out = folder.resolve("out");
        BatchPrediction batch =
                new BatchPrediction(task, Optional.empty(), List.of(changing, table), "parquet", 2, true, 1000);
        assertThat(run(batch, out, spark)).isEqualTo(new Counts(10, 0, 0, 0, 0, Map.of()));
        Map<String, Row> before = parquetRows(out);
        assertThat(before).hasSize(10);

        Files.copy(photos.resolve("00050.png"), files.get(3), StandardCopyOption.REPLACE_EXISTING);
        assertThat(run(batch, out, spark)).isEqualTo(new Counts(1, 0, 9, 1, 0, Map.of()));
        Map<String, Row> after = parquetRows(out);
        String replaced = files.get(3).toString();
        assertThat(after.keySet()).isEqualTo(before.keySet());
        assertThat(after.remove(replaced)).isNotEqualTo(before.remove(replaced));
        assertThat(after).isEqualTo(before);

        writeTable(changing, table);
        assertThat(run(batch, out, spark).replaced()).isEqualTo(5);
        assertThat(parquetRows(out)).hasSize(10);
        assertThat(run(batch, out, spark)).isEqualTo(new Counts(0, 0, 10, 0, 0, Map.of()));
    }

    /** Always the same file in a folder. */
    private static void writeTable(Path images, Path table) throws IOException {
        SparkSession session = SparkSession.builder().getOrCreate();
        Path written = table.resolveSibling("written");
        session.read()
                .format("binaryFile")
                .load(images.toString())
                .coalesce(1)
                .write()
                .mode("overwrite")
                .parquet(written.toString());
        Files.createDirectories(table);
        Files.move(onlyShard(written), table.resolve("images.parquet"), StandardCopyOption.REPLACE_EXISTING);
    }

    /** Every row by its path; no path has two. */
    private static Map<String, Row> parquetRows(Path out) {
        Map<String, Row> rows = new TreeMap<>();
        SparkSession.builder()
                .getOrCreate()
                .read()
                .option("recursiveFileLookup", "true")
                .option("pathGlobFilter", "*.parquet")
                .parquet(out.toString())
                .collectAsList()
                .forEach(row ->
                        assertThat(rows.put(row.<String>getAs("path"), row)).isNull());
        return rows;
    }

    @Test
    void aTableWithoutImagesIsRefused() throws IOException {
        Path table = Files.writeString(folder.resolve("bad.parquet"), "no table");
        assertThatThrownBy(() -> run(batch("json", 10, table), folder.resolve("out"), spark))
                .isInstanceOf(InlayException.class)
                .hasMessageContaining("1 of 1 partitions failed")
                .hasMessageContaining("bad.parquet: not a Parquet file");
    }

    /** The command in a process of its own, killed twice. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void killedItGoesOnAndPredictsNothingTwice() throws Exception {
        Path many = folder.resolve("many");
        Photos.write(many, 400);
        Path out = folder.resolve("out");
        for (int kill = 1; kill <= 2; kill++) {
            Process process = command(many, out);
            int enough = 10 * kill;
            while (parts(out).size() < enough && process.isAlive()) {
                TimeUnit.MILLISECONDS.sleep(2);
            }
            assertThat(process.isAlive()).isTrue();
            process.destroyForcibly().waitFor();
        }
        int kept = parts(out).size();
        assertThat(kept).isBetween(20, 79);
        Counts rest = run(batch("json", 5, many), out, spark);
        assertThat(rest.before()).isPositive();
        assertThat(rest.before() + rest.predicted()).isEqualTo(400);
        assertThat(rows(out)).hasSize(400);
    }

    private static Process command(Path images, Path out) throws IOException {
        return Command.start(
                "predict",
                "--task",
                task,
                "--out",
                out,
                "--engine",
                "spark",
                "--master",
                "local[1]",
                "--partition",
                5,
                images);
    }

    private static BatchPrediction batch(String format, int partition, Path input) {
        return new BatchPrediction(task, Optional.empty(), List.of(input), format, 1, false, partition);
    }

    private static Counts run(BatchPrediction batch, Path out, Engine engine) {
        try (Worker here = new Worker(Progress.NONE, () -> false)) {
            return batch.run(out, here, engine);
        }
    }

    private static List<Path> parts(Path out) {
        return Sweep.files(out, (Path file) -> file.getFileName().toString().matches("[0-9a-f]+\\.jsonl"));
    }

    /** Every row by its path; no path has two. */
    private static Map<String, JsonNode> rows(Path out) {
        Map<String, JsonNode> rows = new TreeMap<>();
        List<String> twice = new ArrayList<>();
        for (Path part : parts(out)) {
            try {
                for (String line : Files.readAllLines(part)) {
                    JsonNode row = JSON.readTree(line);
                    if (rows.put(row.get("path").asText(), row) != null) {
                        twice.add(line);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        assertThat(twice).isEmpty();
        return rows;
    }
}
