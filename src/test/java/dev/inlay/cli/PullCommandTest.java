package dev.inlay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.hub.FakeHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code inlay pull} in a process of its own, since the hub is named by environment variables. */
@Timeout(60)
class PullCommandTest {
    private static final String SECRET = "hf_SecretOfATest";

    @TempDir
    private Path folder;

    private String out = "";
    private String err = "";

    @Test
    void itPrintsWhereTheFileIsAndHowAConfigNamesIt() throws Exception {
        Path home = Files.createDirectory(folder.resolve("it's a home"));
        try (FakeHub hub =
                new FakeHub("org/weights").small("config.json", "{\"architecture\": \"vit_tiny_patch16_224\"}")) {
            hub.large("model.safetensors", new byte[2_500_000]);
            assertThat(inlay(hub, home, "pull", "org/weights", "--verbose")).isZero();
        }
        Path file = home.resolve("hub/models--org--weights/snapshots/" + "1".repeat(40) + "/model.safetensors");
        assertThat(file).exists();
        assertThat(out.lines())
                .containsExactly(
                        file.toString(),
                        "",
                        "backbone:",
                        "  name: vit_tiny_patch16_224",
                        "  file: '" + file.toString().replace("'", "''") + "'");
        assertThat(err).contains("model.safetensors: done after").doesNotContain(SECRET);
    }

    @Test
    void whatIsNotThereIsSaidInOneLine() throws Exception {
        try (FakeHub hub = new FakeHub("org/weights")) {
            assertThat(inlay(hub, folder, "pull", "org/wheights", "--revision", "v1"))
                    .isEqualTo(3);
            assertThat(err).isEqualTo("inlay: there is no org/wheights at v1 (404)" + System.lineSeparator());
            assertThat(out).isEmpty();
        }
    }

    private int inlay(FakeHub hub, Path home, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(args));
        Path printed = folder.resolve("out.txt");
        Path said = folder.resolve("err.txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(printed.toFile()).redirectError(said.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("HF_") || name.startsWith("HUGGING"));
        builder.environment().put("HF_ENDPOINT", hub.endpoint());
        builder.environment().put("HF_HOME", home.toString());
        builder.environment().put("HF_TOKEN", SECRET);
        int exitCode = builder.start().waitFor();
        out = Files.readString(printed, UTF_8);
        err = Files.readString(said, UTF_8);
        return exitCode;
    }
}
