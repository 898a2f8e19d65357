package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.backbone.Backbone;
import dev.inlay.golden.Golden;
import dev.inlay.serve.ServedTasks;
import dev.inlay.tuning.method.HeadOnly;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code inlay serve} in a process of its own, from its start to SIGTERM. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "no SIGTERM")
@Timeout(120)
class ServeCommandTest {
    private static final String SERVES = " serves ";

    @TempDir
    private Path folder;

    private Path tasks;

    @BeforeEach
    void writeTasks() throws IOException {
        tasks = Files.createDirectory(folder.resolve("tasks"));
        try (Backbone backbone = Golden.vit()) {
            ServedTasks.write(tasks.resolve("birds.safetensors"), backbone, new HeadOnly(), 3, 7);
        }
    }

    private Process start(String... settings) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of("serve", "--tasks", tasks, "--backbone"));
        arguments.addAll(List.of(Golden.path("vit_forward/weights.safetensors"), "--port", 0));
        arguments.addAll(List.of(settings));
        return Cli.process(arguments.toArray())
                .redirectError(folder.resolve("errors.txt").toFile())
                .start();
    }

    private String readyLine(Process process) throws IOException {
        BufferedReader out = process.inputReader();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.contains(SERVES)) {
                return line;
            }
        }
        throw new AssertionError("it ended before it was ready: " + errors());
    }

    private String errors() throws IOException {
        return Files.readString(folder.resolve("errors.txt"));
    }

    private static HttpResponse<String> predict(String url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "v1/tasks/birds/predict"))
                .header("Content-Type", "image/png")
                .POST(BodyPublishers.ofFile(Golden.path("transforms/photo_61x47.png")))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }

    @Test
    void servesWhatTheFolderHoldsAndEndsWith0WhenAsked() throws Exception {
        Process process = start();
        try {
            String ready = readyLine(process);
            assertThat(ready).endsWith("/ serves 1 task of golden");
            HttpResponse<String> answer = predict(ready.substring(0, ready.indexOf(SERVES)));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains("\"task\":\"birds\"", " of 7\"");

            process.destroy(); // SIGTERM; the client's connection is still open
            assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(errors()).isZero();
            assertThat(errors()).doesNotContain("ERROR", "Exception");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void aFirstFileThatIsDamagedDoesNotStopTheStart() throws Exception {
        Path whole = tasks.resolve("birds.safetensors");
        Files.write(tasks.resolve("a.safetensors"), List.of("no task"));
        Files.write(tasks.resolve("b.safetensors"), Arrays.copyOf(Files.readAllBytes(whole), 700));
        Process process = start();
        try {
            assertThat(readyLine(process)).endsWith("/ serves 1 task of golden");
            process.destroy();
            assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(errors()).isZero();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static HttpResponse<String> send(String url, String method, Path body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofFile(body))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }

    /** Everything that a log should have something of. */
    private List<String> logOf(String... settings) throws Exception {
        Files.createDirectories(tasks.resolve("locked.safetensors/inside"));
        Process process = start(settings);
        try {
            String ready = readyLine(process);
            String url = ready.substring(0, ready.indexOf(SERVES)) + "v1/tasks/";
            assertThat(send(url + "moths", "PUT", tasks.resolve("birds.safetensors"))
                            .statusCode())
                    .isEqualTo(201);
            assertThat(send(url + "moths", "DELETE", null).statusCode()).isEqualTo(204);
            HttpResponse<String> failed = send(url + "locked", "DELETE", null);
            assertThat(failed.statusCode()).as(failed.body()).isEqualTo(507);
            process.destroy();
            assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
            String id = failed.body().replaceFirst("(?s).* under ([-0-9a-f]{36}).*", "$1");
            assertThat(errors()).contains("failure " + id);
            return errors().lines().toList();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void theLogHasTimesAndLevelsChangesRequestsAndCauses() throws Exception {
        List<String> lines = logOf("log.access=true");
        String start = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) (INFO |WARN |ERROR) .*";
        assertThat(lines)
                .allMatch(line ->
                        line.matches(start) || line.matches("(\tat |\t\\.\\.\\. |Caused by: |dev\\.inlay\\.).*"));
        assertThat(lines).anyMatch(line -> line.contains("task birds is served from"));
        assertThat(lines).anyMatch(line -> line.contains("task moths was put, "));
        assertThat(lines).anyMatch(line -> line.contains("task moths was deleted"));
        assertThat(lines)
                .anyMatch(line -> line.matches(".* 127.0.0.1 DELETE /v1/tasks/locked 507 \\d+ bytes \\d+ ms.*"));
        assertThat(lines).anyMatch(line -> line.startsWith("dev.inlay.error.StorageException: cannot write "));
        assertThat(lines).anyMatch(line -> line.startsWith("Caused by: java.nio.file.DirectoryNotEmptyException"));
        assertThat(lines).anyMatch(line -> line.startsWith("\tat dev.inlay.serve.TaskFolder.delete"));
    }

    @Test
    void inJsonEachEventIsALine() throws Exception {
        List<String> lines = logOf("log.format=json");
        JsonMapper json = JsonMapper.builder().build();
        boolean stack = false;
        for (String line : lines) {
            JsonNode event = json.readTree(line);
            assertThat(event.get("timestamp").isIntegralNumber()).isTrue();
            assertThat(event.get("level").asText()).isIn("INFO", "WARN", "ERROR");
            assertThat(event.get("formattedMessage").asText()).isNotBlank();
            assertThat(event.get("loggerName").asText())
                    .as("requests are not asked for")
                    .isNotEqualTo("dev.inlay.access");
            stack |= event.at("/throwable/stepArray").size() > 5;
        }
        assertThat(stack).isTrue();
    }

    @Test
    void aServiceThatCannotStartSaysWhyInOneLine() throws Exception {
        Process first = start();
        try {
            readyLine(first);
            Process second = start();
            try {
                assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(second.exitValue()).isEqualTo(2);
                assertThat(errors().lines().filter(line -> line.startsWith("inlay: another service trains tasks in")))
                        .hasSize(1);
                assertThat(errors()).contains("training.enabled=false").doesNotContain("\tat ");
            } finally {
                second.destroyForcibly().waitFor();
            }
        } finally {
            first.destroyForcibly().waitFor();
        }
    }
}
