package dev.inlay.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.batch.PredictionRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows come back from a file as they were written, now and before the index was called so. */
class ParquetPredictionsTest {
    private static final ParquetPredictions PARQUET = new ParquetPredictions();

    /** What versions before 30 November 2026 wrote. */
    private static final MessageType BEFORE = MessageTypeParser.parseMessageType(
            """
            message prediction {
              required binary path (UTF8);
              optional binary label (UTF8);
              optional int32 labelIndex;
              optional double score;
              optional group top (LIST) {
                repeated group list { required group element { required binary label (UTF8); required double score; } }
              }
              optional group logits (LIST) { repeated group list { required float element; } }
              optional binary error (UTF8);
            }
            """);

    @TempDir
    private Path folder;

    private static List<PredictionRow> rows(Path file) {
        List<PredictionRow> rows = new ArrayList<>();
        PARQUET.rows(file, rows::add);
        return rows;
    }

    @Test
    void rowsComeBackAsTheyWereWritten() {
        Path file = folder.resolve("now.parquet");
        List<PredictionRow> written = List.of(
                new PredictionRow(
                        "a.png",
                        "wren",
                        3,
                        0.5,
                        null,
                        null,
                        List.of(new PredictionRow.Top("wren", 3, 0.5), new PredictionRow.Top("robin", 1, 0.25)),
                        null,
                        null,
                        null),
                new PredictionRow(
                        "set.png",
                        null,
                        null,
                        null,
                        List.of(new PredictionRow.Top("wren", 3, 0.75)),
                        null,
                        null,
                        null,
                        null,
                        null),
                new PredictionRow("none.png", null, null, null, List.of(), null, null, null, null, null),
                new PredictionRow("numbers.png", null, null, null, null, Map.of("weight", 1.5), null, null, null, null),
                PredictionRow.unusable("b.png", "b.png: no image"));
        PARQUET.write(file, target -> written.forEach(target));
        assertThat(rows(file)).isEqualTo(written);
        assertThat(PARQUET.isOfBefore(file)).isFalse();
    }

    @Test
    void numbersComeBackAsTheyWereWritten() {
        Path file = folder.resolve("numbers.parquet");
        PredictionRow written = new PredictionRow(
                "a.png", "wren", 3, 0.5, null, null, null, new float[] {1, -2}, new float[] {0.1f, -3e-8f, 7}, null);
        PARQUET.write(file, target -> target.accept(written));
        assertThat(rows(file)).singleElement().usingRecursiveComparison().isEqualTo(written);
    }

    @Test
    void rowsOfSeveralClassesAndOfNumbersComeBack() {
        PredictionRow unusable = PredictionRow.unusable("b.png", "b.png: no image");
        PredictionRow.Top wren = new PredictionRow.Top("wren", 3, 0.5);
        List<PredictionRow> several = List.of(
                unusable,
                new PredictionRow(
                        "a.png", null, null, null, List.of(wren), null, List.of(wren, wren), null, null, null),
                new PredictionRow("c.png", null, null, null, List.of(), null, null, null, null, null));
        List<PredictionRow> numbers = List.of(
                new PredictionRow(
                        "a.png", null, null, null, null, Map.of("area", 2.5, "width", -1.0), null, null, null, null),
                unusable);
        for (List<PredictionRow> written : List.of(several, numbers, List.of(unusable))) {
            Path file = folder.resolve("labels.parquet");
            PARQUET.write(file, target -> written.forEach(target));
            assertThat(rows(file)).isEqualTo(written);
            assertThat(PARQUET.isOfBefore(file)).isFalse();
        }
    }

    @Test
    void rowsThatCallTheIndexAsBeforeAreReadAndWrittenWithTheNewName() throws IOException {
        Path file = folder.resolve("before.parquet");
        try (ParquetWriter<Group> out = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withType(BEFORE)
                .build()) {
            Group row = new SimpleGroup(BEFORE)
                    .append("path", "a.png")
                    .append("label", "wren")
                    .append("labelIndex", 3)
                    .append("score", 0.5);
            row.addGroup("top")
                    .addGroup("list")
                    .addGroup("element")
                    .append("label", "wren")
                    .append("score", 0.5);
            out.write(row);
        }
        assertThat(PARQUET.isOfBefore(file)).isTrue();
        List<PredictionRow> before = rows(file);
        assertThat(before)
                .containsExactly(new PredictionRow(
                        "a.png",
                        "wren",
                        3,
                        0.5,
                        null,
                        null,
                        List.of(new PredictionRow.Top("wren", null, 0.5)),
                        null,
                        null,
                        null));
        PARQUET.write(file, target -> before.forEach(target));
        assertThat(PARQUET.isOfBefore(file)).isFalse();
        assertThat(rows(file)).isEqualTo(before);
    }
}
