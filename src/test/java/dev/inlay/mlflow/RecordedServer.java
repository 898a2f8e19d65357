package dev.inlay.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A tracking server on the loopback that answers as MLflow's documentation of its REST API 2.0 says, and keeps what it is asked. Keeps
 * artifacts itself, as {@code mlflow server} does.
 */
final class RecordedServer implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    /** A request as it came. */
    record Request(String method, String path, String body, String authorization) {
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final HttpServer server;
    private final List<Request> requests = new ArrayList<>();
    private final Map<String, Integer> lastSteps = new LinkedHashMap<>();
    private volatile boolean broken;
    private boolean hasExperiment;

    RecordedServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/base/api/2.0/", this::handle);
        server.start();
    }

    String address() {
        return "http://localhost:" + server.getAddress().getPort() + "/base/";
    }

    /** From now on every request is answered by an error. */
    void breakDown() {
        broken = true;
    }

    synchronized List<Request> requests() {
        return List.copyOf(requests);
    }

    /** Bodies of the requests of a method of the API. */
    List<JsonNode> calls(String method) {
        return requests().stream()
                .filter(request -> request.path().endsWith("/mlflow/" + method))
                .map(Request::json)
                .toList();
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Request request = new Request(
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString().substring("/base/api/2.0".length()),
                body,
                exchange.getRequestHeaders().getFirst("Authorization"));
        requests.add(request);
        String answer = broken ? null : answer(request);
        byte[] bytes = (answer == null ? "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\"}" : answer)
                .getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer != null ? 200 : broken ? 500 : 404, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Null for what is not there. */
    private String answer(Request request) {
        String path = request.path().replaceFirst("\\?.*", "");
        if (path.startsWith("/mlflow-artifacts/artifacts/") && request.method().equals("PUT")) {
            return "{}";
        }
        switch (request.method() + " " + path.substring("/mlflow/".length())) {
            case "GET experiments/get-by-name" -> {
                return hasExperiment ? "{\"experiment\": {\"experiment_id\": \"7\"}}" : null;
            }
            case "POST experiments/create" -> {
                hasExperiment = true;
                return "{\"experiment_id\": \"7\"}";
            }
            case "POST runs/create" -> {
                return run("");
            }
            case "GET runs/get" -> {
                List<String> metrics = new ArrayList<>();
                lastSteps.forEach((key, step) -> metrics.add(
                        "{\"key\": \"" + key + "\", \"value\": 0, \"timestamp\": 1, \"step\": " + step + "}"));
                return request.path().endsWith("?run_id=abc") ? run(String.join(",", metrics)) : null;
            }
            case "POST runs/log-batch" -> {
                request.json()
                        .path("metrics")
                        .forEach(metric -> lastSteps.put(
                                metric.get("key").asText(), metric.get("step").asInt()));
                return "{}";
            }
            case "POST runs/update" -> {
                return "{\"run_info\": {}}";
            }
            default -> {
                return null;
            }
        }
    }

    private static String run(String metrics) {
        return "{\"run\": {\"info\": {\"run_id\": \"abc\", \"artifact_uri\": \"mlflow-artifacts:/7/abc/artifacts\"},"
                + " \"data\": {\"metrics\": [" + metrics + "]}}}";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
