package dev.inlay.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.publishing.Markdown;
import dev.inlay.serve.TaskTrainer;
import dev.inlay.serve.TrainingJob;
import dev.inlay.serve.TrainingJob.State;
import dev.inlay.serve.TrainingOptions;
import dev.inlay.serve.TrainingRequest;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
    void everyMeterIsDocumentedWithItsUnitAndNothingElse() {
        new TrainingMetrics(new Counts(Map.of())).bindTo(registry);
        TreeMap<String, String> registered = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            registered.put(meter.getId().getName(), meter.getId().getBaseUnit());
        }
        TreeMap<String, String> documented = new TreeMap<>();
        for (Markdown.Table table : Markdown.of("docs/metrics.md").tables("unit")) {
            table.keys().stream()
                    .filter(name -> name.startsWith("inlay.training."))
                    .forEach(name -> documented.put(name, table.cell(name, "unit")));
        }
        assertThat(documented).isEqualTo(registered);
    }
}
