package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code inlay tune --rank R --rendezvous HOST:PORT} on hosts of their own: as on one, and no wait without end. */
@EnabledOnOs(OS.LINUX)
class SeveralHostsTest {
    private static final int PORT = 29471;
    private static final String SHORT = "search.repeats=0";
    private static final long PATIENCE_SECONDS = 300;

    @TempDir
    private Path folder;

    private final List<Process> processes = new ArrayList<>();
    private Hosts hosts;
    private Path config;

    @BeforeEach
    void makeHosts() {
        assumeTrue(Hosts.canBeMade(), "SKIPPED: hosts of their own need root, network namespaces and iproute2");
        hosts = Hosts.of(2);
        config = TinyRun.config(folder);
    }

    @AfterEach
    void removeHosts() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        if (hosts != null) {
            hosts.close();
        }
    }

    @Test
    void twoHostsFindWhatTwoProcessesOfOneFind() throws Exception {
        Path alone = folder.resolve("alone");
        Cli here = Cli.inlay("tune", config, "--out", alone, "--nproc", 2, SHORT);
        assertThat(here.code()).as(here.err()).isZero();
        Path out = folder.resolve("out");
        Process helper = start(1, out, 60, SHORT);
        Process first = start(0, out, 60, SHORT);
        assertThat(end(first)).as(said(0)).isZero();
        assertThat(end(helper)).as(said(1)).isZero();
        assertThat(out.resolve("task.safetensors")).hasSameBinaryContentAs(alone.resolve("task.safetensors"));
        RunRecord record = MetricsFile.read(out.resolve("metrics.json"));
        assertThat(record.provenance().ranks()).hasSize(2).allMatch(machine -> machine.contains("1 threads"));
        assertThat(record.warnings()).isEmpty();
    }

    @Test
    void hostsThatLoseEachOtherEndAndNameWhoIsMissing() throws Exception {
        Path out = folder.resolve("out");
        Process first = start(0, out, 12, "train.epochs=100000");
        Process helper = start(1, out, 12, "train.epochs=100000");
        while (first.isAlive() && helper.isAlive() && !Files.exists(out.resolve("search-0.journal.safetensors"))) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        hosts.cut(1);
        assertThat(end(first)).as(said(0)).isEqualTo(1);
        assertThat(end(helper)).as(said(1)).isEqualTo(1);
        assertThat(said(0))
                .containsPattern(
                        "inlay: rank 1 on host1 \\(process [0-9]+\\) has not been heard for 12 s; so the run ends")
                .contains("saved");
        assertThat(said(1))
                .containsPattern(
                        "inlay: rank 0 on host0 \\(process [0-9]+\\) has not been heard for 12 s; so the run ends");
    }

    private Process start(int rank, Path out, int timeout, String... settings) throws IOException {
        Process process = hosts.at(
                        rank,
                        Cli.process(
                                "tune",
                                config,
                                "--out",
                                out,
                                "--rank",
                                rank,
                                "--nproc",
                                2,
                                "--rendezvous",
                                hosts.address(0) + ":" + PORT,
                                "--rank-timeout",
                                timeout,
                                List.of(settings)))
                .redirectErrorStream(true)
                .redirectOutput(log(rank).toFile())
                .start();
        processes.add(process);
        return process;
    }

    private Path log(int rank) {
        return folder.resolve("rank" + rank + ".txt");
    }

    private String said(int rank) throws IOException {
        return Files.readString(log(rank));
    }

    private static int end(Process process) throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
