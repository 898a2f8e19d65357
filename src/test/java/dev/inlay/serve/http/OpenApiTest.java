package dev.inlay.serve.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.image.ImageLimits;
import dev.inlay.golden.Golden;
import dev.inlay.serve.ServingOptions;
import dev.inlay.serve.TrainingOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Provokes every status of every route, and holds the document to exactly those. */
@Timeout(120)
class OpenApiTest {
    private static final String TOKEN = "0123456789abcdef";
    private static final String GOOD = "Bearer " + TOKEN;
    private static final Duration LONG = Duration.ofSeconds(60);

    /** A short line, quick impatience, bodies of up to 64 KiB with up to 3 images, and 3 tasks. */
    private static HttpOptions tight(Path token) {
        return new HttpOptions(
                "localhost",
                0,
                Optional.of(token),
                64,
                16,
                1 << 16,
                1 << 16,
                1 << 20,
                3,
                ImageLimits.DEFAULT.withMaxPixels(100_000),
                1,
                Duration.ofMillis(400),
                Duration.ofMillis(600),
                Duration.ZERO,
                Duration.ofSeconds(20));
    }

    @TempDir
    private static Path folder;

    private static VisionTransformer vit;

    @BeforeAll
    static void open() {
        vit = Golden.vit();
    }

    @AfterAll
    static void close() {
        vit.close();
    }

    @Test
    void theRoutesAndTheirStatusesAreTheDocumentedOnes() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), TOKEN + "\n");
        Path tasks = Files.createDirectories(folder.resolve("tasks"));
        ServingOptions serving = new ServingOptions(2, Duration.ofMillis(200), 2, LONG, 3, 3);
        Set<String> seen;
        TrainingOptions training =
                new TrainingOptions(1, 1 << 16, 8, 3, ImageLimits.DEFAULT.withMaxPixels(100_000), 1_000_000, 1);
        try (RunningService running = new RunningService(vit, tasks, serving, tight(token), training)) {
            Files.createDirectories(tasks.resolve("run"));
            Files.write(tasks.resolve("run/task.safetensors"), running.task(7));
            running.store("a", 1);
            running.tasks.scan();
            seen = running.seen;
            reading(running);
            writing(running, tasks);
            predicting(running);
            training(running, tasks);
            for (Route route : Route.values()) {
                String path = route.path().replace("{id}", "a");
                int status = running.raw(
                        route.method().name(),
                        path,
                        route.method().name() + " " + path
                                + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
                assertThat(status).as(route.toString()).isEqualTo(421);
            }
        }
        ServingOptions slow = new ServingOptions(2, Duration.ofSeconds(3), 2, LONG, 3, 3);
        try (RunningService running = new RunningService(vit, tasks, slow, tight(token), training)) {
            stopping(running);
            seen.addAll(running.seen);
        }
        assertThat(seen).isEqualTo(documented());
    }

    private static void reading(RunningService running) {
        assertThat(running.get("/").status()).isEqualTo(200);
        assertThat(running.get("/api").status()).isEqualTo(200);
        assertThat(running.get("/openapi.json").json().get("openapi").asText()).isEqualTo("3.1.0");
        assertThat(running.get("/healthz").status()).isEqualTo(200);
        assertThat(running.get("/readyz").status()).isEqualTo(200);
        assertThat(running.get("/metrics").status()).isEqualTo(200);
        assertThat(running.get("/v1/tasks").json().get("total").asInt()).isEqualTo(2);
        for (String query : List.of("limit=0", "limit=x", "limit=1&limit=2", "offset=3")) {
            assertThat(running.get("/v1/tasks?" + query).status()).as(query).isEqualTo(400);
        }
        assertThat(running.get("/v1/tasks/a").json().get("method").asText()).isEqualTo("bias");
        assertThat(running.get("/v1/tasks/b").detail()).contains("'b'");
        for (String id : List.of(".a", "a%20b", "..%2f..%2ftoken", "a".repeat(129), "%00", "a%5Cb")) {
            assertThat(running.get("/v1/tasks/" + id).status()).as(id).isEqualTo(400);
            assertThat(running.put(id, running.task(1), GOOD).status()).as(id).isEqualTo(400);
            assertThat(running.delete(id, GOOD).status()).as(id).isEqualTo(400);
            assertThat(running.predict(id, RunningService.photo()).status())
                    .as(id)
                    .isEqualTo(400);
        }
    }

    private static void writing(RunningService running, Path tasks) throws IOException, InterruptedException {
        byte[] task = running.task(1);
        assertThat(running.put("b", task).header("WWW-Authenticate")).startsWith("Bearer");
        assertThat(running.put("b", task, "Basic " + TOKEN).status()).isEqualTo(401);
        assertThat(running.put("b", task, GOOD + "x").status()).isEqualTo(403);
        assertThat(running.delete("a").status()).isEqualTo(401);
        assertThat(running.delete("a", "Bearer nothing").status()).isEqualTo(403);
        assertThat(running.put("b", task, GOOD).status()).isEqualTo(201);
        assertThat(running.put("b", task, "bearer " + TOKEN).status()).isEqualTo(200);
        assertThat(running.put("b", Arrays.copyOf(task, task.length - 3), GOOD).status())
                .isEqualTo(422);
        assertThat(running.put("b", new byte[(1 << 16) + 1], GOOD).status()).isEqualTo(413);
        assertThat(running.send(
                                "PUT",
                                "/v1/tasks/b",
                                BodyPublishers.ofByteArray(task),
                                Map.of("Authorization", GOOD, "Content-Encoding", "gzip"))
                        .status())
                .isEqualTo(415);
        assertThat(running.put("c", task, GOOD).detail()).contains("maxTasks");
        assertThat(running.put("run", task, GOOD).detail()).contains("folder of its own");
        assertThat(running.delete("run", GOOD).status()).isEqualTo(409);
        assertThat(running.raw(
                        "PUT",
                        "/v1/tasks/b",
                        "PUT /v1/tasks/b HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + GOOD
                                + "\r\nContent-Length: 9999\r\n\r\n1234"))
                .isEqualTo(408);
        takeAllReaders(running, task);
        Files.createDirectories(tasks.resolve("full.safetensors/inside"));
        assertThat(running.delete("full", GOOD).status()).isEqualTo(507);
        assertThat(running.delete("b", GOOD).status()).isEqualTo(204);
        assertThat(running.delete("b", GOOD).status()).isEqualTo(404);
        assertThat(running.put("full", task, GOOD).status()).isEqualTo(507);
        assertThat(running.get("/v1/tasks/full").status()).isEqualTo(404);
        try (var left = Files.list(tasks)) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("a.safetensors", "run", "full.safetensors", ".training");
        }
    }

    /** Sends bodies that stop half-way until there is no reader left for a whole one. */
    private static void takeAllReaders(RunningService running, byte[] task) throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            int status;
            do {
                for (int i = 0; i < 8; i++) {
                    Socket socket = new Socket(InetAddress.getByName("localhost"), running.service.port());
                    slow.add(socket);
                    socket.getOutputStream().write((RunningService.head(5000) + "half").getBytes(ISO_8859_1));
                }
                status = running.put("b", task, GOOD).status();
                assertThat(status).isIn(200, 429);
            } while (status != 429);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        int after;
        do {
            after = running.put("b", task, GOOD).status();
        } while (after == 429);
        assertThat(after).isEqualTo(200);
    }

    private static void predicting(RunningService running) throws IOException, InterruptedException {
        byte[] photo = RunningService.photo();
        assertThat(running.predict("a", photo).label(0)).endsWith("of 1");
        assertThat(running.predict("nobody", photo).status()).isEqualTo(404);
        for (String query :
                List.of("top=0", "top=many", "embedding=yes", "timeoutMillis=0", "topk=3", "top=1&top=2", "=1")) {
            assertThat(running.predict("a?" + query, photo).status()).as(query).isEqualTo(400);
        }
        String one = "\"" + RunningService.base64(photo) + "\"";
        for (String body : List.of(
                "",
                "{",
                "[]",
                "null",
                "true",
                "7",
                "\"images\"",
                "{\"images\": [true]}",
                "{\"images\": [7]}",
                "{\"images\": [\"\u00ff\"]}",
                "\0\0\0{",
                "{\"images\": []}",
                "{\"images\": null}",
                "{\"images\": [null]}",
                "{\"images\": [\"%%%\"]}",
                "{\"images\": [" + one + "], \"top\": 1}",
                "{\"images\": [" + one + "]} 1")) {
            assertThat(running.predictBody("a", "application/json", body).status())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(running.predictBody("a", "multipart/form-data", "x").status())
                .isEqualTo(400);
        assertThat(running.predictBody("a", "multipart/form-data; boundary=b", "--b\r\n")
                        .status())
                .isEqualTo(400);
        assertThat(running.predictBody(
                                "a",
                                "multipart/form-data; boundary=b",
                                "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b--\r\n")
                        .detail())
                .contains("'x'");
        assertThat(running.predictBody("a", "text/plain", "hello").status()).isEqualTo(415);
        assertThat(running.send(
                                "POST",
                                "/v1/tasks/a/predict",
                                BodyPublishers.ofByteArray(photo),
                                Map.of("Content-Type", "image/png", "Origin", "http://elsewhere.example"))
                        .status())
                .isEqualTo(403);
        assertThat(running.predict("a", "not an image".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .status())
                .isEqualTo(422);
        assertThat(running.predict("a", new byte[(1 << 16) + 1]).status()).isEqualTo(413);
        assertThat(running.predictBody(
                                "a", "application/json", "{\"images\": [" + String.join(",", one, one, one, one) + "]}")
                        .status())
                .isEqualTo(413);
        assertThat(running.predictBody(
                                "a", "application/json", "{\"images\": [" + String.join(",", one, one, one) + "]}")
                        .header("Retry-After"))
                .isEqualTo("1");
        assertThat(running.predict("a?timeoutMillis=1", photo).status()).isEqualTo(504);
        String head = RunningService.head(999);
        assertThat(running.raw("POST", "/v1/tasks/a/predict", head, "never the rest"))
                .isEqualTo(408);
        assertThat(running.raw("POST", "/v1/tasks/a/predict", head, "little", "sleep 300", "by little"))
                .isEqualTo(408);
    }

    private static void training(RunningService running, Path tasks) throws IOException, InterruptedException {
        String type = "application/json";
        String image = "\", \"image\": \"" + RunningService.base64(RunningService.photo()) + "\"}";
        String two = "{\"images\": [{\"label\": \"x" + image + ", {\"label\": \"y" + image + "]";
        String quick = two + ", \"epochs\": 1}";
        String endless = two + ", \"epochs\": 1000000}";
        assertThat(running.train("t", type, quick).header("WWW-Authenticate")).startsWith("Bearer");
        assertThat(running.train("t", type, quick, GOOD + "x").status()).isEqualTo(403);
        assertThat(running.train("t", type, "{}", GOOD).status()).isEqualTo(400);
        assertThat(running.train("t", "image/png", "x", GOOD).status()).isEqualTo(415);
        assertThat(running.train("t", type, " ".repeat((1 << 16) + 1), GOOD).status())
                .isEqualTo(413);
        assertThat(running.train("t", type, quick.replace(image, "\", \"image\": \"AAAA\"}"), GOOD)
                        .status())
                .isEqualTo(422);
        assertThat(running.train("run", type, quick, GOOD).status()).isEqualTo(409);
        assertThat(running.raw(
                        "POST",
                        "/v1/tasks/t/train",
                        "POST /v1/tasks/t/train HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Authorization: " + GOOD + "\r\nContent-Length: 9999\r\n\r\n{"))
                .isEqualTo(408);
        assertThat(running.training("t").status()).isEqualTo(404);
        Files.writeString(tasks.resolve(".training/000000000001"), "in the way");
        assertThat(running.train("t", type, quick, GOOD).status()).isEqualTo(507);
        assertThat(running.train("t", type, endless, GOOD).status()).isEqualTo(202);
        while (!running.training("t").json().get("state").asText().equals("running")) {
            Thread.sleep(10);
        }
        assertThat(running.train("u", type, endless, GOOD).status()).isEqualTo(202);
        assertThat(running.train("v", type, endless, GOOD).status()).isEqualTo(429);
        assertThat(running.training(".t").status()).isEqualTo(400);
        assertThat(running.cancelTraining("t").status()).isEqualTo(401);
        assertThat(running.cancelTraining("t", GOOD + "x").status()).isEqualTo(403);
        assertThat(running.cancelTraining(".t", GOOD).status()).isEqualTo(400);
        assertThat(running.cancelTraining("u", GOOD).status()).isEqualTo(204);
        assertThat(running.cancelTraining("t", GOOD).status()).isEqualTo(204);
        assertThat(running.cancelTraining("t", GOOD).status()).isEqualTo(404);
    }

    private static void stopping(RunningService running) throws InterruptedException {
        CompletableFuture<RunningService.Reply> underWay = running.predictAsync("a", RunningService.photo());
        Thread.sleep(300);
        Thread closing = new Thread(running.service::close);
        closing.start();
        while (running.get("/readyz").status() != 503) {
            Thread.sleep(10);
        }
        assertThat(running.get("/v1/tasks").status()).isEqualTo(503);
        assertThat(running.get("/v1/tasks/a").status()).isEqualTo(503);
        assertThat(running.put("a", new byte[1], GOOD).status()).isEqualTo(503);
        assertThat(running.delete("a", GOOD).status()).isEqualTo(503);
        assertThat(running.predict("a", RunningService.photo()).header("Retry-After"))
                .isEqualTo("1");
        assertThat(running.train("a", "application/json", "{}", GOOD).status()).isEqualTo(503);
        assertThat(running.training("a").status()).isEqualTo(503);
        assertThat(running.cancelTraining("a", GOOD).status()).isEqualTo(503);
        assertThat(underWay.join().label(0)).endsWith("of 1");
        closing.join();
    }

    private static Set<String> documented() {
        Set<String> documented = new TreeSet<>();
        ApiDocument.read().get("paths").properties().forEach(path -> path.getValue()
                .properties()
                .forEach(method -> {
                    JsonNode responses = method.getValue().get("responses");
                    if (responses != null) {
                        responses
                                .fieldNames()
                                .forEachRemaining(status -> documented.add(
                                        method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey() + " " + status));
                    }
                }));
        return documented;
    }

    @Test
    void theDocumentIsValidOpenApi() throws IOException {
        JsonSchemaFactory schemas = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
        JsonSchema openApi;
        try (InputStream official = OpenApiTest.class.getResourceAsStream("/openapi/oas-3.1-2026-08-03.json")) {
            openApi = schemas.getSchema(official);
        }
        JsonNode document = ApiDocument.read();
        assertThat(openApi.validate(document)).isEmpty();
        JsonSchema schema = schemas.getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
        List<JsonNode> parts = new ArrayList<>(document.findValues("schema"));
        document.at("/components/schemas").forEach(parts::add);
        assertThat(parts).hasSizeGreaterThan(20).allSatisfy(part -> assertThat(schema.validate(part))
                .isEmpty());

        ((ObjectNode) document.at("/components/responses/Bad")).putNull("a comma that was not quoted");
        assertThat(openApi.validate(document)).isNotEmpty();
    }

    @Test
    void aServiceThatDoesNotTrainDescribesNoTraining() {
        String path = "/v1/tasks/{id}/train";
        assertThat(ApiDocument.of(true).get("paths").has(path)).isTrue();
        assertThat(ApiDocument.of(false).get("paths").has(path)).isFalse();
    }

    @Test
    void everyOperationHasANameOfItsOwn() {
        List<String> names = new ArrayList<>();
        int operations = 0;
        for (JsonNode path : ApiDocument.read().get("paths")) {
            for (Map.Entry<String, JsonNode> operation : path.properties()) {
                if (!operation.getKey().equals("parameters")) {
                    operations++;
                    names.add(operation.getValue().path("operationId").asText());
                }
            }
        }
        assertThat(operations).isEqualTo(Route.values().length);
        assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.matches("[a-z][A-Za-z]+"));
    }

    @Test
    void everyReferenceInTheDocumentLeadsSomewhere() {
        JsonNode document = ApiDocument.read();
        List<JsonNode> references = document.findValues("$ref");
        assertThat(references).isNotEmpty();
        for (JsonNode reference : references) {
            assertThat(document.at(reference.asText().substring(1)).isMissingNode())
                    .as(reference.asText())
                    .isFalse();
        }
    }
}
