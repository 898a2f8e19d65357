package dev.inlay.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.Inlay;
import dev.inlay.cli.TinyRun;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.RunRecord;
import dev.inlay.train.RunObserver;
import dev.inlay.train.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Runs reported to a server that is recorded. */
class MlflowTest {
    @TempDir
    private Path folder;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        logger().addAppender(log);
    }

    @AfterEach
    void forget() {
        logger().detachAppender(log);
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(Mlflow.class);
    }

    private RunConfig config() {
        return RunConfig.read(TinyRun.config(folder), List.of());
    }

    private RunRecord tracked(RecordedServer server, RunObserver other, Map<String, String> environment) {
        Map<String, String> all = new TreeMap<>(environment);
        all.put(TrackingServer.ADDRESS, server.address());
        RunConfig config = config();
        Path out = folder.resolve("run");
        return new Mlflow(TrackingServer.of(all), config, out)
                .track(observer -> Inlay.tune(config, out, observer.and(other)));
    }

    /** Metric to its steps, in the order in which they came. */
    private static Map<String, List<Integer>> steps(RecordedServer server) {
        Map<String, List<Integer>> steps = new TreeMap<>();
        for (JsonNode batch : server.calls("runs/log-batch")) {
            batch.path("metrics")
                    .forEach(metric -> steps.computeIfAbsent(metric.get("key").asText(), key -> new ArrayList<>())
                            .add(metric.get("step").asInt()));
        }
        return steps;
    }

    @Test
    void settingsCurvesAndFilesAreReported() throws IOException {
        try (RecordedServer server = new RecordedServer()) {
            RunRecord run = tracked(
                    server,
                    RunObserver.nobody(),
                    Map.of("MLFLOW_EXPERIMENT_NAME", "a & b", "MLFLOW_TRACKING_TOKEN", "s"));
            List<RecordedServer.Request> requests = server.requests();
            assertThat(requests.get(0).path()).isEqualTo("/mlflow/experiments/get-by-name?experiment_name=a+%26+b");
            assertThat(requests)
                    .extracting(RecordedServer.Request::authorization)
                    .containsOnly("Bearer s");
            assertThat(server.calls("experiments/create")).hasToString("[{\"name\":\"a & b\"}]");
            JsonNode created = server.calls("runs/create").get(0);
            assertThat(created.get("experiment_id").asText()).isEqualTo("7");
            assertThat(created.get("run_name").asText()).isEqualTo("tiny");
            Map<String, String> parameters = new TreeMap<>();
            server.calls("runs/log-batch").forEach(batch -> batch.path("params")
                    .forEach(parameter -> parameters.put(
                            parameter.get("key").asText(),
                            parameter.get("value").asText())));
            assertThat(parameters)
                    .containsEntry("train.epochs", "4")
                    .containsEntry("method.type", "spt")
                    .containsEntry("search.grid.train.learningRate", "[\"1e-3\",\"1e-2\"]");
            assertThat(steps(server))
                    .containsEntry("train/loss", List.of(1, 2, 3, 4))
                    .containsEntry("validation/top1", List.of(1, 2, 3, 4))
                    .containsEntry("test/top1", List.of(4));
            double top1 = server.calls("runs/log-batch").stream()
                    .flatMap(batch -> batch.path("metrics").findParents("key").stream())
                    .filter(metric -> metric.get("key").asText().equals("test/top1"))
                    .mapToDouble(metric -> metric.get("value").asDouble())
                    .sum();
            assertThat(top1).isEqualTo(run.accuracy().top1());
            assertThat(requests.stream()
                            .filter(request -> request.method().equals("PUT"))
                            .map(RecordedServer.Request::path))
                    .contains(
                            "/mlflow-artifacts/artifacts/7/abc/artifacts/task.safetensors",
                            "/mlflow-artifacts/artifacts/7/abc/artifacts/metrics.json");
            JsonNode ended = server.calls("runs/update").get(0);
            assertThat(ended.get("status").asText()).isEqualTo("FINISHED");
            assertThat(ended.get("end_time").asLong())
                    .isGreaterThan(created.get("start_time").asLong());
        }
        assertThat(log.list).isEmpty();
    }

    @Test
    void aResumedRunContinuesItsRunOfMlflow() throws IOException {
        RunObserver killed = new RunObserver() {
            @Override
            public void onEpoch(Training training, EpochRecord epoch) {
                if (training.name().equals("train") && epoch.epoch() == 2) {
                    throw new IllegalStateException("killed");
                }
            }
        };
        try (RecordedServer server = new RecordedServer()) {
            Map<String, String> account = Map.of(
                    "MLFLOW_TRACKING_USERNAME", "ann", "MLFLOW_TRACKING_PASSWORD", "ü", "MLFLOW_TRACKING_TOKEN", "s");
            assertThatThrownBy(() -> tracked(server, killed, account)).hasMessageContaining("killed");
            tracked(server, RunObserver.nobody(), account);
            assertThat(server.requests())
                    .extracting(RecordedServer.Request::authorization)
                    .containsOnly("Basic YW5uOsO8");
            assertThat(server.calls("runs/create")).hasSize(1);
            assertThat(server.calls("runs/update").stream()
                            .map(update -> update.get("status").asText()))
                    .containsExactly("FAILED", "RUNNING", "FINISHED");
            assertThat(steps(server))
                    .containsEntry("train/loss", List.of(1, 2, 3, 4))
                    .containsEntry("validation/cross_entropy", List.of(1, 2, 3, 4));
        }
    }

    @Test
    void aServerThatFailsIsOneWarningAndNoFailureOfTheRun() throws IOException {
        RunRecord alone = Inlay.tune(config(), folder.resolve("alone"));
        try (RecordedServer server = new RecordedServer()) {
            server.breakDown();
            RunRecord run = tracked(server, RunObserver.nobody(), Map.of());
            assertThat(run.test()).isEqualTo(alone.test());
            assertThat(server.requests()).hasSize(1);
        }
        assertThat(log.list).hasSize(1);
        assertThat(log.list.get(0).getFormattedMessage())
                .matches(
                        "MLflow at http://localhost:\\d+/base: (\\d+) of \\1 requests failed, the first because"
                                + " /base/api/2.0/mlflow/experiments/get-by-name answered 500 .*; the run did not wait for them and is in .*");
    }

    @Test
    void aServerThatIsNotThereIsOneWarning() throws IOException {
        RecordedServer server = new RecordedServer();
        server.close();
        tracked(server, RunObserver.nobody(), Map.of());
        assertThat(log.list).hasSize(1);
        assertThat(log.list.get(0).getFormattedMessage()).contains("the first because nothing answers there");
    }

    @ParameterizedTest
    @CsvSource({
        "'', found none",
        "mlruns, found 'mlruns'",
        "sqlite:///mlflow.db, found 'sqlite:///mlflow.db'",
        "databricks, found 'databricks'"
    })
    void anAddressOfNoServerIsRefused(String address, String message) {
        assertThatThrownBy(() -> TrackingServer.of(Map.of(TrackingServer.ADDRESS, address)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("MLFLOW_TRACKING_URI: expected the address of a tracking server")
                .hasMessageContaining(message);
    }

    @Test
    void anAddressIsShownWithoutItsPassword() {
        assertThat(TrackingServer.of(Map.of(TrackingServer.ADDRESS, "https://ann:secret@host/a/"))
                        .address())
                .isEqualTo("https://host/a");
    }
}
