package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.golden.Golden;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import dev.inlay.train.scores.ScoresFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code golden/spt_sensitivity} from the command line: given images, weights, sizes and head. */
class SensitivityCommandTest {
    private static final String BATCHES = "spt_sensitivity/batches.safetensors";

    @TempDir
    private Path folder;

    private final StringWriter err = new StringWriter();

    @Test
    void scoresAreTheGoldenOnesAndCanBeAllocated() throws Exception {
        Path config = config("{batchSize: 5, batches: 3, mode: eval, head: checkpoint}");
        Path scores = folder.resolve("scores.safetensors");
        assertThat(inlay("sensitivity", config.toString(), "--out", scores.toString()))
                .as(err.toString())
                .isZero();

        JsonNode meta = Golden.json("spt_sensitivity/meta.json");
        List<String> noise = Golden.names("spt_sensitivity/meta.json", "rounding_noise");
        double noiseBelow = meta.at("/tolerance/rounding_noise_below").asDouble(1e-9);
        try (SafeTensorsFile actual = SafeTensorsFile.open(scores);
                SafeTensorsFile expected = SafeTensorsFile.open(Golden.path("spt_sensitivity/scores.safetensors"))) {
            assertThat(actual.names()).hasSize(3 * 16 + 2);
            for (String name : actual.names()) {
                if (noise.contains(name)) {
                    for (float score : actual.floats(name)) {
                        assertThat(score).as(name).isLessThan((float) noiseBelow);
                    }
                } else {
                    Golden.assertClose(name, actual.floats(name), expected.floats(name), meta.at("/tolerance/scores"));
                }
            }
        }

        Path plan = folder.resolve("plan.json");
        assertThat(inlay("allocate", scores.toString(), "--budget", "2000", "--out", plan.toString()))
                .isZero();
        Plan read = PlanJson.read(plan);
        assertThat(read.cost().total()).isBetween(1000L, 2000L);
        assertThat(read.cost().classToken()).isEqualTo(48);

        long all = ScoresFile.read(scores).backboneParameters().orElseThrow();
        assertThat(inlay("allocate", scores.toString(), "--budget", "2.5%", "--out", plan.toString()))
                .isZero();
        assertThat(PlanJson.read(plan).budget()).hasValue((long) (0.025 * all));
    }

    @Test
    void aMisspeltOverrideIsBadUsage() throws Exception {
        Path config = config("{head: checkpoint, batchSize: 5}");
        assertThat(inlay("sensitivity", config.toString(), "--out", "x", "sensitivity.batchsize=3"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("did you mean sensitivity.batchSize?");
    }

    private Path config(String sensitivity) throws Exception {
        try (SafeTensorsFile batches = SafeTensorsFile.open(Golden.path(BATCHES))) {
            int count = 13;
            float[] images = new float[count * 3 * 24 * 32];
            long[] labels = new long[count];
            int at = 0;
            for (int batch = 0; batch < 3; batch++) {
                batches.floatsInto("images." + batch, images, at * 3 * 24 * 32);
                for (long label : batches.longs("labels." + batch)) {
                    labels[at++] = label;
                }
            }
            SafeTensorsWriter.write(
                    folder.resolve("train.safetensors"),
                    List.of(
                            TensorEntry.floats("images", images, count, 3, 24, 32),
                            TensorEntry.longs("labels", labels, count)),
                    Map.of());
        }
        Files.writeString(
                folder.resolve("spec.json"),
                Golden.json("vit_forward/meta.json").get("spec").toString());
        return Files.writeString(
                folder.resolve("run.yaml"),
                """
                backbone: {name: custom, spec: spec.json, file: %s}
                data: {type: tensors, train: train.safetensors}
                sensitivity: %s
                """
                        .formatted(
                                Golden.path("vit_forward/weights.safetensors").toAbsolutePath(), sensitivity));
    }

    private int inlay(String... args) {
        return Main.run(new PrintWriter(new StringWriter()), new PrintWriter(err), args);
    }
}
