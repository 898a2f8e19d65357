package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.record.EpochRecord;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code kill -9} at random moments, over and over, loses nothing: the task file is byte for byte that of a run left
 * alone. {@code -Dinlay.kills=20} kills that often; the moments are those of {@code -Dinlay.kills.seed}.
 */
class KillTest {
    private static final int KILLS = Integer.getInteger("inlay.kills", 5);
    private static final long SEED = Long.getLong("inlay.kills.seed", 1);
    private static final long PATIENCE_MINUTES = 5;

    @TempDir
    private Path folder;

    private Path config;

    @BeforeEach
    void writeConfig() {
        config = TinyRun.config(folder);
    }

    /** As it is by default, and with all that a training may keep besides parameters and optimiser. */
    static Stream<List<String>> settings() {
        return Stream.of(
                List.of(),
                List.of("method.members=2"),
                List.of(
                        "data={type: builtin, task: segmentation, labels: masks, size: 64, train: 48, validation: 8, test: 16,"
                                + " workers: 1, augment: {flip: true, minScale: 0.75, maxScale: 1.5}}",
                        "train.ema=0.9",
                        "train.select=best"),
                List.of(
                        "train.ema=0.9",
                        "train.emaWarmup=true",
                        "train.select=best",
                        "train.accumulate=2",
                        "train.batchSize=8",
                        "train.calibrate=true"));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void aRunKilledAtRandomMomentsEndsAsOneLeftAlone(List<String> settings, TestReporter reporter) throws Exception {
        Path alone = folder.resolve("alone");
        long start = System.nanoTime();
        int code = end(start(alone, settings));
        assertThat(code).as(Files.readString(errors(alone))).isZero();
        long undisturbed = System.nanoTime() - start;

        SplittableRandom moments = new SplittableRandom(SEED);
        Map<String, Integer> kept = new TreeMap<>();
        int kills = 0;
        for (int run = 0; kills < KILLS; run++) {
            Path killed = folder.resolve("killed-" + run);
            boolean done = false;
            while (!done) {
                Process process = start(killed, settings);
                // once there were enough kills, the last run is left to end
                done = kills == KILLS || process.waitFor(moments.nextLong(undisturbed), TimeUnit.NANOSECONDS);
                if (done) {
                    int exit = end(process);
                    assertThat(exit).as(Files.readString(errors(killed))).isZero();
                } else {
                    process.destroyForcibly().waitFor();
                    kept.merge(kept(killed), 1, Integer::sum);
                    kills++;
                }
            }
            assertSame(killed, alone);
        }
        reporter.publishEntry(
                "kills",
                kills + " kills of a run of " + Duration.ofNanos(undisturbed).toMillis()
                        + " ms; what was kept at that moment, and how often: " + kept);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aRunAskedToEndSavesItselfAndSaysSo() throws Exception {
        Path asked = folder.resolve("asked");
        Process process = start(asked, List.of());
        while (process.isAlive() && !Files.exists(asked.resolve("search-0.journal.safetensors"))) {
            Thread.sleep(20);
        }
        process.destroy();
        int code = end(process);
        String said = Files.readString(errors(asked));
        assertThat(code).as(said).isEqualTo(130);
        assertThat(said).contains("inlay: stopped in epoch ").contains("saved");
        assertThat(names(asked)).contains("search-0.journal.safetensors").doesNotContain("task.safetensors");
    }

    private static void assertSame(Path killed, Path alone) throws IOException {
        assertThat(killed.resolve("task.safetensors")).hasSameBinaryContentAs(alone.resolve("task.safetensors"));
        assertThat(curves(killed)).isEqualTo(curves(alone));
        assertThat(names(killed)).isEqualTo(names(alone));
    }

    /** The epochs, without how long they took. */
    private static List<EpochRecord> curves(Path run) {
        RunRecord record = MetricsFile.read(run.resolve("metrics.json"));
        return record.curves().stream()
                .map(e -> new EpochRecord(
                        e.epoch(),
                        e.learningRate(),
                        e.trainLoss(),
                        e.trainTop1(),
                        e.validationTop1(),
                        e.testTop1(),
                        e.gradientNorm(),
                        0,
                        0))
                .toList();
    }

    private static List<String> names(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** The last result that a run had kept when it was killed. */
    private static String kept(Path run) {
        return Stream.of(
                        "9 report.html",
                        "8 metrics.json",
                        "7 task.safetensors",
                        "6 journal.safetensors",
                        "5 search-1.journal.safetensors",
                        "4 search-0.journal.safetensors",
                        "3 plan.json",
                        "2 scores.safetensors",
                        "1 probe.safetensors",
                        "0 config.json")
                .filter(name -> Files.exists(run.resolve(name.substring(2))))
                .findFirst()
                .orElse("- nothing");
    }

    private Process start(Path out, List<String> settings) throws IOException {
        return Cli.process("tune", config, "--out", out, settings)
                .redirectErrorStream(true)
                .redirectOutput(errors(out).toFile())
                .start();
    }

    private static Path errors(Path out) {
        return out.resolveSibling(out.getFileName() + ".txt");
    }

    private static int end(Process process) throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }
}
