package dev.inlay.train.scores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.error.DataException;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.PlanSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoresFileTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsWrittenIsReadBack() throws Exception {
        Scores scores = new Scores(
                List.of(
                        new Candidate("stage.1.w", Candidate.Kind.MATRIX, 2, 3, 1, "w"),
                        new Candidate("end.bias", Candidate.Kind.VECTOR, 2, 1, -1, "end")),
                new float[][] {{1, 2, 3, 4, 5, 6}, {7, 8}},
                5,
                OptionalLong.of(1234),
                new PlanSource("abc", "16 batches of 32"));
        ScoresFile.write(file(), scores);
        byte[] bytes = Files.readAllBytes(file());

        Scores read = ScoresFile.read(file());
        assertThat(read.candidates()).isEqualTo(scores.candidates());
        assertThat(read.values()).isDeepEqualTo(scores.values());
        assertThat(read.classToken()).isEqualTo(5);
        assertThat(read.source()).isEqualTo(scores.source());
        ScoresFile.write(file(), read);
        assertThat(file()).hasBinaryContent(bytes);
    }

    @Test
    void aBareFileIsReadByTheNamesOfAVisionTransformer() {
        Scores scores = ScoresFile.read(Path.of("src/test/resources/golden/spt_allocation/scores.safetensors"));
        assertThat(scores.candidates()).hasSize(3 * 16 + 2);
        assertThat(scores.candidates().get(0).name()).isEqualTo("blocks.0.norm1.weight");
        assertThat(scores.candidates().get(49).name()).isEqualTo("norm.bias");
        assertThat(scores.classToken()).isEqualTo(24);
        assertThat(scores.candidates().stream().filter(c -> c.operation().equals("mlp.fc1")))
                .extracting(Candidate::rows)
                .containsExactly(40, 40, 40, 40, 40, 40);
    }

    @Test
    void refusesWhatIsNotScores() throws Exception {
        assertRefused("expected scores named after the tunable parameters of a backbone", Map.of(), "head.weight");
        assertRefused("expected scores named after", Map.of(), "blocks.0.attn.qkv.weight");
        assertRefused("missing blocks.0.attn.k.weight", Map.of(), "blocks.0.attn.q.weight", "blocks.0.mlp.fc1.weight");
        assertRefused("found format inlay-task-1", Map.of("format", "inlay-task-1"), "a");
        assertRefused(
                "metadata candidates: expected a list of candidates, found a fault: expected a list, found an object",
                Map.of("format", ScoresFile.FORMAT, "candidates", "{"),
                "a");
        assertRefused(
                "metadata classToken",
                Map.of("format", ScoresFile.FORMAT, "candidates", "[]", "classToken", "-1"),
                "a");
    }

    private void assertRefused(String message, Map<String, String> metadata, String... names) {
        List<TensorEntry> entries = java.util.Arrays.stream(names)
                .map(name -> TensorEntry.floats(name, new float[4], 2, 2))
                .toList();
        SafeTensorsWriter.write(file(), entries, metadata);
        assertThatThrownBy(() -> ScoresFile.read(file()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(message);
    }

    private Path file() {
        return folder.resolve("scores.safetensors");
    }
}
