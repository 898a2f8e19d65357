package dev.inlay.metrics;

import dev.inlay.serve.TaskTrainer;
import dev.inlay.serve.TrainingJob.State;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.Objects;

/** The meters of a {@link TaskTrainer}; {@code docs/metrics.md} lists them. */
public final class TrainingMetrics implements MeterBinder {
    private final TaskTrainer trainer;

    /**
     * @param trainer held as long as this binder's meters are registered
     */
    public TrainingMetrics(TaskTrainer trainer) {
        this.trainer = Objects.requireNonNull(trainer, "trainer");
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (State state : State.values()) {
            if (state.isOver()) {
                FunctionCounter.builder("inlay.training.jobs", trainer, t -> count(t, state))
                        .description("Trainings that are over")
                        .tag("outcome", state.name().toLowerCase(Locale.ROOT))
                        .baseUnit("jobs")
                        .register(registry);
            }
        }
        gauge("inlay.training.running", State.RUNNING, "Trainings that are computed")
                .register(registry);
        gauge("inlay.training.queue", State.QUEUED, "Trainings that wait").register(registry);
        Gauge.builder("inlay.training.queue.capacity", trainer, t -> t.options().maxWaiting())
                .description("Most trainings that may wait")
                .baseUnit("jobs")
                .strongReference(true)
                .register(registry);
    }

    private Gauge.Builder<TaskTrainer> gauge(String name, State state, String description) {
        return Gauge.builder(name, trainer, t -> count(t, state))
                .description(description)
                .baseUnit("jobs")
                .strongReference(true);
    }

    private static double count(TaskTrainer trainer, State state) {
        return trainer.counts().getOrDefault(state, 0L);
    }
}
