package dev.inlay.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.ConfigException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A tracking server of MLflow, reached by version 2.0 of its REST API over HTTP or HTTPS.
 *
 * <p>Source: <a href="https://mlflow.org/docs/latest/api_reference/rest-api.html">MLflow REST API</a>, and
 * {@code tracking/_tracking_service/utils.py} of MLflow for the environment variables.
 */
public final class TrackingServer {
    /** The variable with the server's address. */
    public static final String ADDRESS = "MLFLOW_TRACKING_URI";

    private static final String EXPERIMENT = "MLFLOW_EXPERIMENT_NAME";
    private static final String USERNAME = "MLFLOW_TRACKING_USERNAME";
    private static final String PASSWORD = "MLFLOW_TRACKING_PASSWORD";
    private static final String TOKEN = "MLFLOW_TRACKING_TOKEN";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PATIENCE_FOR_FILES = Duration.ofMinutes(5);
    private static final int NOT_FOUND = 404;
    private static final int LONGEST_REASON = 200;
    private static final JsonMapper JSON = new JsonMapper();

    private final String address;
    private final String experiment;
    private final Optional<String> authorization;
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();

    private TrackingServer(String address, String experiment, Optional<String> authorization) {
        this.address = address;
        this.experiment = experiment;
        this.authorization = authorization;
    }

    /**
     * The server that MLflow's environment variables name; nothing is sent yet.
     *
     * @param environment as {@link System#getenv()}
     * @throws ConfigException if they name none, or one that is not reached by HTTP
     */
    public static TrackingServer of(Map<String, String> environment) {
        String address = environment.getOrDefault(ADDRESS, "").strip();
        if (!address.toLowerCase(Locale.ROOT).matches("https?://[^/\\s]+\\S*")) {
            throw new ConfigException("the environment variable " + ADDRESS
                    + ": expected the address of a tracking server, such as http://localhost:5000, found "
                    + (address.isEmpty()
                            ? "none"
                            : "'" + address
                                    + "'; a folder or a database is not written to: start mlflow server on it"));
        }
        return new TrackingServer(
                address.replaceFirst("/+$", ""),
                environment.getOrDefault(EXPERIMENT, "Default"),
                authorization(environment));
    }

    /** A name and a password come before a token, as in MLflow. */
    private static Optional<String> authorization(Map<String, String> environment) {
        String name = environment.get(USERNAME);
        String password = environment.get(PASSWORD);
        if (name != null && password != null) {
            byte[] both = (name + ":" + password).getBytes(StandardCharsets.UTF_8);
            return Optional.of("Basic " + Base64.getEncoder().encodeToString(both));
        }
        return Optional.ofNullable(environment.get(TOKEN)).map(token -> "Bearer " + token);
    }

    /** Returns the address, without secrets. */
    public String address() {
        return address.replaceFirst("//[^/@]*@", "//");
    }

    /** The identifier of the experiment, which is made if there is none of its name. */
    String experiment() throws IOException {
        String query =
                "experiments/get-by-name?experiment_name=" + URLEncoder.encode(experiment, StandardCharsets.UTF_8);
        Optional<JsonNode> known =
                answer(request("api/2.0/mlflow/" + query, PATIENCE).GET().build(), true);
        if (known.isPresent()) {
            return known.get().at("/experiment/experiment_id").asText();
        }
        return post("experiments/create", object().put("name", experiment))
                .path("experiment_id")
                .asText();
    }

    /** What a run is; empty if there is none of that identifier. */
    Optional<JsonNode> run(String id) throws IOException {
        return answer(
                        request("api/2.0/mlflow/runs/get?run_id=" + id, PATIENCE)
                                .GET()
                                .build(),
                        true)
                .map(found -> found.path("run"));
    }

    /**
     * Calls a method of the API.
     *
     * @throws IOException saying what the server answered, if it refuses or cannot be reached
     */
    JsonNode post(String method, ObjectNode body) throws IOException {
        HttpRequest request = request("api/2.0/mlflow/" + method, PATIENCE)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()))
                .build();
        return answer(request, false).orElseThrow();
    }

    /**
     * Uploads a file to a server that keeps artifacts itself.
     *
     * @param folder path of the run's artifacts
     */
    void upload(Path file, String folder) throws IOException {
        String path = folder.replaceFirst("^/+", "") + "/" + file.getFileName();
        answer(
                request("api/2.0/mlflow-artifacts/artifacts/" + path, PATIENCE_FOR_FILES)
                        .header("Content-Type", "application/octet-stream")
                        .PUT(BodyPublishers.ofFile(file))
                        .build(),
                false);
    }

    private HttpRequest.Builder request(String path, Duration patience) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address + "/" + path)).timeout(patience);
        authorization.ifPresent(value -> request.header("Authorization", value));
        return request;
    }

    /** What is answered; empty for what is not there, if it may be missing. */
    private Optional<JsonNode> answer(HttpRequest request, boolean mayBeMissing) throws IOException {
        HttpResponse<String> response;
        try {
            response = client.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        if (mayBeMissing && response.statusCode() == NOT_FOUND) {
            return Optional.empty();
        }
        String body = response.body();
        if (response.statusCode() / 100 != 2) {
            throw new IOException(request.uri().getPath() + " answered " + response.statusCode() + " "
                    + body.substring(0, Math.min(LONGEST_REASON, body.length())).strip());
        }
        return Optional.of(body.isBlank() ? object() : JSON.readTree(body));
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
