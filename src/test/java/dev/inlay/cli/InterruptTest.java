package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A signal to a process of its own: SIGTERM, since a shell may start background processes with SIGINT ignored. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "no kill -TERM")
@Timeout(300)
class InterruptTest {
    @TempDir
    private Path folder;

    @Test
    void aSignalSavesTheRunSaysSoAndEndsWith130() throws Exception {
        Path config = config();
        Path out = folder.resolve("run");
        Process process = start(config, out, "train.epochs=100000");
        Path journal = out.resolve("journal.safetensors");
        while (process.isAlive() && !Files.exists(journal)) {
            Thread.sleep(20);
        }
        new ProcessBuilder("kill", "-TERM", Long.toString(process.pid()))
                .start()
                .waitFor();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(said).isEqualTo(130);
        assertThat(said).contains("inlay: ").contains("saved").doesNotContain("\tat ");
        assertThat(out.resolve("task.safetensors")).doesNotExist();
        assertThat(Files.readString(out.resolve("run.log")))
                .contains("stopped in epoch", "the state is saved")
                .doesNotContain("Exception", "\tat ");
    }

    private Process start(Path config, Path out, String override) throws Exception {
        List<String> line = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-cp"));
        line.add(System.getProperty("java.class.path"));
        line.addAll(List.of("dev.inlay.cli.Main", "tune", config.toString(), "--out", out.toString(), override));
        return new ProcessBuilder(line).start();
    }

    private Path config() throws Exception {
        SafeTensorsWriter.write(
                folder.resolve("data.safetensors"),
                List.of(
                        TensorEntry.floats("images", new float[8 * 3 * 8 * 8], 8, 3, 8, 8),
                        TensorEntry.longs("labels", new long[] {0, 1, 0, 1, 0, 1, 0, 1}, 8)),
                Map.of());
        Files.writeString(
                folder.resolve("spec.json"),
                """
                {"height": 8, "width": 8, "patch": 4, "dim": 8, "depth": 1, "heads": 1, "hidden": 8}
                """);
        return Files.writeString(
                folder.resolve("run.yaml"),
                """
                backbone: {name: custom, spec: spec.json, random: true}
                data: {type: tensors, train: data.safetensors, validation: data.safetensors, test: data.safetensors}
                method: {type: full}
                train: {batchSize: 4, evaluateEvery: 100000, journal: {everySteps: 5}}
                baselines: {linear: false}
                """);
    }
}
