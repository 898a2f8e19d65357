package dev.inlay.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.config.RunConfig;
import dev.inlay.error.StoppedException;
import dev.inlay.file.AtomicFile;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.Quality;
import dev.inlay.record.RunRecord;
import dev.inlay.record.Split;
import dev.inlay.train.RunObserver;
import dev.inlay.train.Training;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports a run's own training to a tracking server: settings as parameters, curves and accuracies as metrics by epoch, files as artifacts
 * where the server keeps them. Requests are sent by a thread of their own, one after the other; what fails is counted, and never ends the
 * training. A resumed run continues its run of MLflow, without a step twice.
 */
public final class Mlflow implements RunObserver {
    /** What the server knows the run by, in the run's folder. */
    static final String FILE = "mlflow.json";

    private static final Logger LOG = LoggerFactory.getLogger(Mlflow.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final String OWN = "train";

    /** In one request; the API allows as many. */
    private static final int MAX_PARAMETERS = 100;

    /** Characters of a parameter's value that every version of the server takes. */
    private static final int MAX_VALUE = 500;

    private static final long SECONDS_TO_FINISH = 60;
    private static final String ARTIFACTS = "mlflow-artifacts:";
    private static final List<String> FILES =
            List.of("README.md", "task.safetensors", "metrics.json", "curves.csv", "report.html", "config.json");

    private final TrackingServer server;
    private final RunConfig config;
    private final Path folder;
    private final ExecutorService sender = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "mlflow");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<String, Long> lastSteps = new HashMap<>();
    private volatile String id;
    private volatile String artifacts = "";
    private final AtomicInteger sent = new AtomicInteger();
    private int asked;
    private volatile String firstFailure;

    /**
     * Nothing is sent before the run begins.
     *
     * @param server to report to
     * @param config of the run
     * @param folder of the run
     */
    public Mlflow(TrackingServer server, RunConfig config, Path folder) {
        this.server = server;
        this.config = config;
        this.folder = folder;
    }

    private interface Request {
        void send() throws IOException;
    }

    /**
     * Does a run and reports how it ends; then waits for what is still to be sent, a minute at most.
     *
     * @param run is given the observer that reports
     * @return what the run gives
     */
    public RunRecord track(Function<RunObserver, RunRecord> run) {
        String status = "FAILED";
        try {
            RunRecord record = run.apply(this);
            status = "FINISHED";
            return record;
        } catch (StoppedException e) {
            status = "KILLED";
            throw e;
        } finally {
            end(status);
        }
    }

    private void end(String status) {
        if (asked > 0) {
            if (status.equals("FINISHED")) {
                ask(this::upload);
            }
            ask(() -> server.post("runs/update", run().put("status", status).put("end_time", now())));
        }
        sender.shutdown();
        try {
            if (!sender.awaitTermination(SECONDS_TO_FINISH, TimeUnit.SECONDS)) {
                sender.shutdownNow();
            }
        } catch (InterruptedException e) {
            sender.shutdownNow();
            Thread.currentThread().interrupt();
        }
        if (sent.get() < asked) {
            LOG.warn(
                    "MLflow at {}: {} of {} requests failed{}; the run did not wait for them and is in {}",
                    server.address(),
                    asked - sent.get(),
                    asked,
                    firstFailure == null ? "" : ", the first because " + firstFailure,
                    folder);
        }
    }

    @Override
    public void onAdvice(Supplier<Optional<String>> advice) {
        ask(this::begin);
    }

    @Override
    public void onEpoch(Training training, EpochRecord epoch) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("train/loss", epoch.trainLoss());
        if (epoch.trainTop1() != null) {
            metrics.put("train/top1", epoch.trainTop1());
        }
        metrics.put("train/learning_rate", epoch.learningRate());
        metrics.put("train/images_per_second", epoch.examplesPerSecond());
        metrics(training, epoch.epoch(), metrics);
    }

    @Override
    public void onEvaluation(Training training, int epoch, Split split, Quality quality) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        quality.snakeCase().forEach((name, value) -> metrics.put(split + "/" + name, value));
        metrics(training, epoch, metrics);
    }

    private void metrics(Training training, int step, Map<String, Double> metrics) {
        if (!training.name().equals(OWN)) {
            return;
        }
        long time = now();
        ask(() -> {
            ObjectNode batch = run();
            ArrayNode entries = batch.putArray("metrics");
            metrics.forEach((key, value) -> {
                if (step > lastSteps.getOrDefault(key, -1L)) {
                    entries.addObject()
                            .put("key", key)
                            .put("value", value)
                            .put("timestamp", time)
                            .put("step", step);
                }
            });
            if (!entries.isEmpty()) {
                server.post("runs/log-batch", batch);
            }
        });
    }

    private void ask(Request request) {
        asked++;
        sender.execute(() -> {
            try {
                request.send();
                sent.incrementAndGet();
            } catch (IOException | RuntimeException e) {
                if (firstFailure == null) {
                    firstFailure = reason(e);
                }
            }
        });
    }

    private static String reason(Exception failure) {
        if (failure instanceof ConnectException) {
            return "nothing answers there";
        }
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }

    private ObjectNode run() throws IOException {
        if (id == null) {
            throw new IOException("the run could not be created");
        }
        return TrackingServer.object().put("run_id", id);
    }

    private void begin() throws IOException {
        Optional<JsonNode> known = known();
        if (known.isPresent()) {
            artifacts = known.get().at("/info/artifact_uri").asText();
            id = known.get().at("/info/run_id").asText();
            known.get()
                    .at("/data/metrics")
                    .forEach(metric -> lastSteps.put(
                            metric.path("key").asText(), metric.path("step").asLong()));
            server.post("runs/update", run().put("status", "RUNNING"));
            return;
        }
        ObjectNode body = TrackingServer.object()
                .put("experiment_id", server.experiment())
                .put("run_name", config.name())
                .put("start_time", now());
        ArrayNode tags = body.putArray("tags");
        tags.addObject().put("key", "mlflow.source.name").put("value", "inlay tune");
        tags.addObject().put("key", "mlflow.source.type").put("value", "LOCAL");
        tags.addObject()
                .put("key", "inlay.folder")
                .put("value", folder.toAbsolutePath().toString());
        JsonNode info = server.post("runs/create", body).at("/run/info");
        artifacts = info.path("artifact_uri").asText();
        id = info.path("run_id").asText();
        AtomicFile.write(
                folder.resolve(FILE),
                TrackingServer.object().put("server", server.address()).put("run_id", id) + "\n");
        parameters();
    }

    /** The run that this folder's run was before it was resumed, if the server still has it. */
    private Optional<JsonNode> known() throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        JsonNode kept = JSON.readTree(Files.readString(file));
        return kept.path("server").asText().equals(server.address())
                ? server.run(kept.path("run_id").asText())
                : Optional.empty();
    }

    private void parameters() throws IOException {
        Map<String, String> parameters = new LinkedHashMap<>();
        flatten("", JSON.readTree(config.settings().json()), parameters);
        ObjectNode batch = run();
        ArrayNode entries = batch.putArray("params");
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            entries.addObject().put("key", parameter.getKey()).put("value", parameter.getValue());
            if (entries.size() == MAX_PARAMETERS) {
                server.post("runs/log-batch", batch);
                entries.removeAll();
            }
        }
        if (!entries.isEmpty()) {
            server.post("runs/log-batch", batch);
        }
    }

    /** Leaves the files to a server that keeps them; others expect them on a storage that this process may not have. */
    private void upload() throws IOException {
        run();
        if (artifacts.startsWith(ARTIFACTS)) {
            String path = artifacts.substring(ARTIFACTS.length()).replaceFirst("^//[^/]*", "");
            for (String name : FILES) {
                if (Files.exists(folder.resolve(name))) {
                    server.upload(folder.resolve(name), path);
                }
            }
        }
    }

    /** Settings by their dotted keys. */
    private static void flatten(String key, JsonNode value, Map<String, String> parameters) {
        if (value.isObject()) {
            value.properties()
                    .forEach(field -> flatten(
                            key.isEmpty() ? field.getKey() : key + "." + field.getKey(), field.getValue(), parameters));
            return;
        }
        String text = value.isTextual() ? value.asText() : value.toString();
        parameters.put(key, text.substring(0, Math.min(MAX_VALUE, text.length())));
    }

    private static long now() {
        return System.currentTimeMillis();
    }
}
