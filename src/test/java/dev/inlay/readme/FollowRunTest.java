package dev.inlay.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.Inlay;
import dev.inlay.cli.TinyRun;
import dev.inlay.config.RunConfig;
import dev.inlay.publishing.Markdown;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code that {@code docs/run-output.md} shows is the code that runs here. */
class FollowRunTest {
    private static final Path PROGRAM = Path.of("src/test/java/dev/inlay/readme/FollowRun.java");

    @Test
    void thePageShowsTheProgram() throws IOException {
        String program = Files.readString(PROGRAM);
        String shown = program.substring(
                program.indexOf("// Page: begin\n") + "// Page: begin\n".length(), program.indexOf("    // Page: end"));
        String block = Markdown.of("docs/run-output.md").code("java").get(0);
        assertThat(block.substring(block.indexOf("/**")))
                .isEqualTo(shown.stripTrailing().stripIndent() + "\n");
    }

    @Test
    void itPrintsALineForEveryEpochOfEveryTraining(@TempDir Path folder) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        Inlay.tune(RunConfig.read(TinyRun.config(folder), List.of()), folder.resolve("run"), new FollowRun.Curve(out));
        assertThat(printed.toString(StandardCharsets.UTF_8).lines())
                .hasSize(4 * 4)
                .allMatch(line ->
                        line.matches("(try \\d of 2|train|train with seed 6): epoch \\d/4  loss \\S+  (val|train)"
                                + " \\S+ %  lr \\S+  \\S+ img/s"));
    }
}
