package dev.inlay.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.serve.TaskTrainer;
import dev.inlay.serve.TrainingJob;
import dev.inlay.serve.TrainingJob.State;
import dev.inlay.serve.TrainingOptions;
import dev.inlay.serve.TrainingRequest;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class TrainingMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    /** A trainer that has numbers alone. */
    record Counts(Map<State, Long> counts) implements TaskTrainer {
        @Override
        public TrainingOptions options() {
            return TrainingOptions.DEFAULT;
        }

        @Override
        public void requireRoom(String id) {}

        @Override
        public TrainingJob submit(String id, TrainingRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<TrainingJob> job(String id) {
            return Optional.empty();
        }

        @Override
        public boolean cancel(String id) {
            return false;
        }
    }

    @Test
    void jobsAreCountedByOutcome() {
        new TrainingMetrics(new Counts(Map.of(State.QUEUED, 2L, State.RUNNING, 1L, State.DONE, 7L, State.FAILED, 3L)))
                .bindTo(registry);
        assertThat(registry.get("inlay.training.queue").gauge().value()).isEqualTo(2);
        assertThat(registry.get("inlay.training.queue.capacity").gauge().value())
                .isEqualTo(TrainingOptions.DEFAULT.maxWaiting());
        assertThat(registry.get("inlay.training.running").gauge().value()).isEqualTo(1);
        assertThat(ended("done")).isEqualTo(7);
        assertThat(ended("failed")).isEqualTo(3);
        assertThat(ended("cancelled")).isZero();
    }

    private double ended(String outcome) {
        return registry.get("inlay.training.jobs")
                .tag("outcome", outcome)
                .functionCounter()
                .count();
    }

    @Test
    void everyMeterIsDocumentedWithItsUnitAndNothingElse() throws IOException {
        new TrainingMetrics(new Counts(Map.of())).bindTo(registry);
        TreeMap<String, String> registered = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            registered.put(meter.getId().getName(), meter.getId().getBaseUnit());
        }
        TreeMap<String, String> documented = new TreeMap<>();
        Matcher row = Pattern.compile("(?m)^\\| `(inlay\\.training\\.[a-z.]+)` \\| \\w+ \\| (\\w*) ?\\|")
                .matcher(Files.readString(Path.of("docs/metrics.md")));
        while (row.find()) {
            documented.put(row.group(1), row.group(2));
        }
        assertThat(documented).isEqualTo(registered);
    }
}
