package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In a JVM of its own, because what a class path loads cannot be seen from inside. */
class StartTest {
    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version", "allocate --help", "allocate missing --tau 1", "nonsense"})
    void doesNotLoadLibTorch(String command) throws IOException {
        String loaded = run(command);
        assertThat(loaded).contains("dev.inlay.cli.Main").doesNotContain("org.bytedeco");
    }

    private static String run(String command) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-verbose:class",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.inlay.cli.Main"));
        line.addAll(List.of(command.split(" ")));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        try (var in = process.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
