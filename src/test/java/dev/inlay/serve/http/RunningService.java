package dev.inlay.serve.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.backbone.Backbone;
import dev.inlay.data.LabelSpace;
import dev.inlay.golden.Golden;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.ServedTasks;
import dev.inlay.serve.ServingOptions;
import dev.inlay.serve.TaskFolder;
import dev.inlay.serve.TrainingOptions;
import dev.inlay.serve.training.TrainingQueue;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.MaskHead;
import dev.inlay.tuning.method.Sum;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A service on a free port over a folder of tasks, and a client that takes no answer as it should not be. */
final class RunningService implements AutoCloseable {
    static final Path PHOTO = Golden.path("transforms/photo_61x47.png");

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Backbone backbone;
    private final Path folder;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    final Predictor predictor;
    final TaskFolder tasks;
    final TrainingQueue trainer;
    final HttpService service;

    /** {@code METHOD /path/{of}/route status} of every answer so far. */
    final TreeSet<String> seen = new TreeSet<>();

    RunningService(Backbone backbone, Path folder, ServingOptions serving, HttpOptions http) {
        this(backbone, folder, serving, http, TrainingOptions.DEFAULT);
    }

    RunningService(Backbone backbone, Path folder, ServingOptions serving, HttpOptions http, TrainingOptions training) {
        this.backbone = backbone;
        this.folder = folder;
        this.predictor = new Predictor(backbone, serving);
        this.tasks = new TaskFolder(folder, predictor);
        this.trainer = new TrainingQueue(predictor, tasks, folder, Optional.empty(), training);
        this.service = new HttpService(predictor, tasks, Optional.of(trainer), http, registry, registry::scrape);
        tasks.scan();
        service.ready();
    }

    /** An answer. */
    record Reply(int status, HttpResponse<byte[]> response) {
        String text() {
            return new String(response.body(), UTF_8);
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        JsonNode json() {
            try {
                return JSON.readTree(response.body());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String detail() {
            return json().get("detail").asText();
        }

        String label(int image) {
            return json().at("/images/" + image + "/top/0/label").asText();
        }
    }

    /** The bytes of a task whose classes are called {@code class <label> of <seed>}. */
    byte[] task(long seed) {
        Path file = folder.resolveSibling("made-" + seed);
        try {
            return Files.readAllBytes(ServedTasks.write(file, backbone, new Bias(), 3, seed));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The bytes of a task that gives every pixel one of 5 classes. */
    byte[] taskOfMasks() {
        Path file = folder.resolveSibling("made-masks");
        TuningSpec spec = new Sum(List.of(new HeadOnly(), new MaskHead(MaskHead.Decoder.LINEAR)));
        LabelSpace classes = new LabelSpace.PixelClasses(List.of("road", "sky", "tree", "car", "person"));
        try {
            return Files.readAllBytes(ServedTasks.write(
                    file, backbone, spec, classes, 5, Optional.of(ServedTasks.transform(backbone, 0.5))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void store(String id, long seed) throws IOException {
        Files.write(folder.resolve(id + ".safetensors"), task(seed));
    }

    static byte[] photo() {
        try {
            return Files.readAllBytes(PHOTO);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    Reply get(String path) {
        return send("GET", path, BodyPublishers.noBody(), Map.of());
    }

    Reply put(String id, byte[] task, String... authorization) {
        return send("PUT", "/v1/tasks/" + id, BodyPublishers.ofByteArray(task), authorized(authorization));
    }

    Reply delete(String id, String... authorization) {
        return send("DELETE", "/v1/tasks/" + id, BodyPublishers.noBody(), authorized(authorization));
    }

    private static Map<String, String> authorized(String... authorization) {
        return authorization.length == 0 ? Map.of() : Map.of("Authorization", authorization[0]);
    }

    Reply predict(String idAndQuery, byte[] image) {
        return predictAsync(idAndQuery, image).join();
    }

    /** Asks for a prediction of one image; {@code "a?top=3"} becomes {@code /v1/tasks/a/predict?top=3}. */
    CompletableFuture<Reply> predictAsync(String idAndQuery, byte[] image) {
        return sendAsync("POST", predictPath(idAndQuery), BodyPublishers.ofByteArray(image), type("image/png"));
    }

    Reply predictBody(String idAndQuery, String contentType, String body) {
        return send("POST", predictPath(idAndQuery), BodyPublishers.ofString(body, ISO_8859_1), type(contentType));
    }

    /** The start of a request for a prediction whose body is said to have that length. */
    static String head(int length) {
        return String.join(
                "\r\n",
                "POST /v1/tasks/a/predict HTTP/1.1",
                "Host: localhost",
                "Content-Type: image/png",
                "Content-Length: " + length,
                "",
                "");
    }

    Reply train(String idAndQuery, String contentType, String body, String... authorization) {
        String[] parts = idAndQuery.split("(?=\\?)", 2);
        Map<String, String> headers = new HashMap<>(authorized(authorization));
        headers.put("Content-Type", contentType);
        return send(
                "POST",
                trainPath(parts[0]) + (parts.length > 1 ? parts[1] : ""),
                BodyPublishers.ofString(body, ISO_8859_1),
                headers);
    }

    Reply training(String id) {
        return get(trainPath(id));
    }

    Reply cancelTraining(String id, String... authorization) {
        return send("DELETE", trainPath(id), BodyPublishers.noBody(), authorized(authorization));
    }

    private static String trainPath(String id) {
        return "/v1/tasks/" + id + "/train";
    }

    private static String predictPath(String idAndQuery) {
        String[] parts = idAndQuery.split("(?=\\?)", 2);
        return "/v1/tasks/" + parts[0] + "/predict" + (parts.length > 1 ? parts[1] : "");
    }

    private static Map<String, String> type(String contentType) {
        return Map.of("Content-Type", contentType);
    }

    Reply send(String method, String path, BodyPublisher body, Map<String, String> headers) {
        return sendAsync(method, path, body, headers).join();
    }

    private CompletableFuture<Reply> sendAsync(
            String method, String path, BodyPublisher body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + service.port() + path))
                .method(method, body);
        headers.forEach(request::header);
        return client().sendAsync(request.build(), BodyHandlers.ofByteArray())
                .thenApply(response -> checked(method, path, new Reply(response.statusCode(), response)));
    }

    /** One for each request: the service may close a connection that is kept just as it is used again. */
    private HttpClient client() {
        return HttpClient.newBuilder().executor(threads).build();
    }

    private Reply checked(String method, String path, Reply reply) {
        note(method, path, reply.status());
        assertThat(reply.header("X-Content-Type-Options")).isEqualTo("nosniff");
        if (reply.status() >= 400) {
            assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(reply.json().get("status").asInt()).isEqualTo(reply.status());
            assertThat(reply.json().get("title").asText()).isNotBlank();
            assertThat(reply.detail())
                    .isNotBlank()
                    .doesNotContain(folder.toString(), folder.getParent().toString(), ".java", "dev.inlay");
        }
        return reply;
    }

    /** Sends bytes as they are and says the status that comes back. */
    int raw(String method, String path, String... parts) throws IOException, InterruptedException {
        try (Socket socket = new Socket(InetAddress.getByName("localhost"), service.port())) {
            for (String part : parts) {
                if (part.startsWith("sleep ")) {
                    Thread.sleep(Long.parseLong(part.substring("sleep ".length())));
                } else {
                    socket.getOutputStream().write(part.getBytes(ISO_8859_1));
                }
            }
            socket.setSoTimeout(20_000);
            byte[] start = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
            int status = Integer.parseInt(new String(start, ISO_8859_1).split(" ")[1]);
            String rest = new String(socket.getInputStream().readNBytes(60), ISO_8859_1);
            assertThat(rest).isNotEmpty();
            note(method, path, status);
            return status;
        }
    }

    /** Sends bytes as they are and gives all that comes back until the service closes the connection. */
    String exchange(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getByName("localhost"), service.port())) {
            socket.setSoTimeout(20_000);
            try {
                socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            } catch (SocketException e) {
                // the service has answered before all of it was sent
            }
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    /** Waits until a line of the metrics begins so: requests are counted after their answers were sent. */
    void awaitMetric(String start) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (registry.scrape().lines().noneMatch(line -> line.startsWith(start))) {
            assertThat(System.nanoTime())
                    .as(start + " in\n" + registry.scrape())
                    .isLessThan(end);
            Thread.sleep(5);
        }
    }

    private synchronized void note(String method, String path, int status) {
        String[] parts = path.replaceFirst("\\?.*", "").split("/");
        for (Route route : Route.values()) {
            String[] wanted = route.path().split("/");
            boolean same = route.method().name().equals(method) && parts.length == wanted.length;
            for (int i = 0; same && i < parts.length; i++) {
                same = wanted[i].startsWith("{") || wanted[i].equals(parts[i]);
            }
            if (same) {
                seen.add(route.method().name() + " " + route.path() + " " + status);
            }
        }
    }

    @Override
    public void close() {
        service.close();
        trainer.close();
        tasks.close();
        predictor.close();
        threads.shutdown();
    }
}
