package dev.inlay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit code 0 means that the output arrived. */
class OutputTest {
    private static final String SCORES = "src/test/resources/golden/spt_allocation/scores.safetensors";

    @TempDir
    private Path folder;

    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "--version",
                "tune --help",
                "inspect " + SCORES,
                "inspect --json " + SCORES,
                "allocate " + SCORES + " --budget 900",
                "suite configs/benchmark/structured-8.yaml --dry-run",
            })
    void whatIsPrintedOntoAFullDiskIsAFailureOfOneLine(String command) {
        assertThat(inlay(new Failing("No space left on device"), command)).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("inlay: the output cannot be written: No space left on device; check that the disk has room"
                        + " and standard output is open, and give the command again" + System.lineSeparator());
    }

    @Test
    void aReaderThatWentAwayEndsTheCommandWithoutAWord() {
        assertThat(inlay(new Failing("Broken pipe"), "--help")).isEqualTo(141);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void theCommandThatFailedKeepsItsExitCode() {
        assertThat(inlay(new Failing("No space left on device"), "inspect " + folder.resolve("none.safetensors")))
                .isEqualTo(3);
    }

    @Test
    void whatArrivesIsTextOfUtf8() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StandardOutput.to(out).println("Größe");
        assertThat(out.toString(UTF_8)).isEqualTo("Größe" + System.lineSeparator());
    }

    @Test
    @EnabledIf("aFullDevice")
    void aLogThatCannotBeWrittenIsToldAtTheEnd() throws IOException {
        Files.createSymbolicLink(folder.resolve("run.log"), Path.of("/dev/full"));
        assertThat(inlay(OutputStream.nullOutputStream(), "tune " + TinyRun.config(folder) + " --out " + folder))
                .isEqualTo(1);
        assertThat(err.toString())
                .contains("inlay: " + folder.resolve("run.log") + " lacks lines that could not be written:");
        assertThat(folder.resolve("metrics.json")).exists();
    }

    @Test
    void aLogThatCannotBeOpenedIsToldBeforeAnythingIsDone() throws IOException {
        Files.createDirectory(folder.resolve("run.log"));
        assertThat(inlay(OutputStream.nullOutputStream(), "tune " + TinyRun.config(folder) + " --out " + folder))
                .isEqualTo(1);
        assertThat(err.toString()).contains("run.log").contains("choose another --out");
        assertThat(folder.resolve("metrics.json")).doesNotExist();
    }

    static boolean aFullDevice() {
        return Files.exists(Path.of("/dev/full"));
    }

    private int inlay(OutputStream out, String command) {
        return Main.run(StandardOutput.to(out), new PrintWriter(err), command.split(" "));
    }

    private static final class Failing extends OutputStream {
        private final String reason;

        Failing(String reason) {
            this.reason = reason;
        }

        @Override
        public void write(int b) throws IOException {
            throw new IOException(reason);
        }
    }
}
