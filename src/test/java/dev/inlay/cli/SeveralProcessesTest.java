package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.record.EpochRecord;
import dev.inlay.record.MetricsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code inlay tune --nproc 2}: bit-identical each time, near one process, and ended by the end of a rank. */
@DisabledOnOs(OS.WINDOWS)
class SeveralProcessesTest {
    private static final long PATIENCE_SECONDS = 300;

    @TempDir
    private Path folder;

    private Path config;

    @BeforeEach
    void writeConfig() {
        config = TinyRun.config(folder);
    }

    @Test
    void aKilledRankEndsTheRunWhichGoesOnAndEndsAsOneLeftAlone() throws Exception {
        Path alone = folder.resolve("alone");
        assertThat(end(start(alone, 1))).as(said(alone)).isZero();
        Path left = folder.resolve("left");
        assertThat(end(start(left, 2))).as(said(left)).isZero();

        Path killed = folder.resolve("killed");
        Process process = start(killed, 2);
        ProcessHandle rank = rankOf(process, killed);
        assertThat(rank.destroyForcibly()).isTrue();
        long since = System.nanoTime();
        assertThat(end(process)).as(said(killed)).isEqualTo(1);
        assertThat(System.nanoTime() - since).isLessThan(TimeUnit.SECONDS.toNanos(30));
        assertThat(said(killed))
                .containsOnlyOnce("inlay: ")
                .contains("inlay: rank 1 (process " + rank.pid() + ") was killed by signal 9")
                .contains("saved");
        assertThat(end(start(killed, 2))).as(said(killed)).isZero();

        assertThat(killed.resolve("task.safetensors")).hasSameBinaryContentAs(left.resolve("task.safetensors"));
        List<EpochRecord> expected = curves(alone);
        List<EpochRecord> found = curves(left);
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            double loss = expected.get(i).trainLoss();
            assertThat(found.get(i).trainLoss()).isCloseTo(loss, within(1e-4 * loss));
        }
    }

    @Test
    void noRankOutlivesRank0() throws Exception {
        Path out = folder.resolve("out");
        Process process = start(out, 2);
        ProcessHandle rank = rankOf(process, out);
        process.destroyForcibly().waitFor();
        rank.onExit().get(30, TimeUnit.SECONDS);
        assertThat(said(out)).containsOnlyOnce("inlay: rank 0 was killed");
    }

    @Test
    void standardOutputHoldsResultsAlone() throws Exception {
        Path out = folder.resolve("apart");
        ProcessBuilder tune = command(out, 2);
        List<String> java = tune.command();
        String asInLauncher = "exec 3>&1 1>&2; exec \"$1\" --add-opens=java.base/java.io=ALL-UNNAMED"
                + " \"-Dinlay.results=3:$$\" \"${@:2}\"";
        List<String> launched = new ArrayList<>(List.of("bash", "-c", asInLauncher, "bash"));
        launched.addAll(java);
        launched.add(launched.size() - java.size() + 1, "-Xlog:gc"); // which the JVM prints to descriptor 1 by itself
        Path results = folder.resolve("results");
        Path said = folder.resolve("said");
        tune.command(launched).redirectOutput(results.toFile()).redirectError(said.toFile());
        assertThat(end(tune.start())).as(Files.readString(said)).isZero();
        assertThat(results).content().startsWith("test accuracy").doesNotContain("[gc]");
        assertThat(said).content().contains("[gc]", "train: done");
        assertThat(Path.of("bin/inlay"))
                .content()
                .contains("exec 3>&1 1>&2\n", "--add-opens=java.base/java.io=ALL-UNNAMED", "-Dinlay.results=3:$$");
    }

    /** The other rank, once the first training has begun. */
    private static ProcessHandle rankOf(Process process, Path out) throws Exception {
        while (process.isAlive() && !Files.exists(out.resolve("search-0.journal.safetensors"))) {
            Thread.sleep(5);
        }
        List<ProcessHandle> others = process.children().toList();
        assertThat(others).as(said(out)).hasSize(1);
        return others.get(0);
    }

    private static List<EpochRecord> curves(Path run) {
        return MetricsFile.read(run.resolve("metrics.json")).curves();
    }

    private ProcessBuilder command(Path out, int processes) {
        // 13 steps per epoch, the last of which is smaller
        return Cli.process("tune", config, "--out", out, "--nproc", processes, "data.train=101", "train.batchSize=8");
    }

    private Process start(Path out, int processes) throws IOException {
        return command(out, processes)
                .redirectErrorStream(true)
                .redirectOutput(log(out).toFile())
                .start();
    }

    private static Path log(Path out) {
        return out.resolveSibling(out.getFileName() + ".txt");
    }

    private static String said(Path out) throws IOException {
        return Files.readString(log(out));
    }

    private static int end(Process process) throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
