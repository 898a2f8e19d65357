package dev.inlay.metrics;

import dev.inlay.serve.Outcome;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.ServingListener;
import dev.inlay.serve.ServingState;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * The meters of a {@link Predictor}; {@code docs/metrics.md} lists them. Their number does not grow with the tasks: tags are
 * methods, outcomes and phases, never the name of a task.
 */
public final class ServingMetrics implements MeterBinder {
    private static final int FINGERPRINT_DIGITS = 12;
    private static final Duration[] TIMES = {
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };
    private static final double[] COUNTS = {1, 2, 4, 8, 16, 32, 64, 128, 256};

    private final Predictor predictor;
    private final Tags tags;

    /**
     * @param predictor held as long as this binder's meters are registered
     */
    public ServingMetrics(Predictor predictor) {
        this(predictor, Tags.empty());
    }

    /**
     * @param predictor held as long as this binder's meters are registered
     * @param tags put on every meter, such as the name of the service
     */
    public ServingMetrics(Predictor predictor, Iterable<Tag> tags) {
        this.predictor = Objects.requireNonNull(predictor, "predictor");
        this.tags = Tags.of(tags);
    }

    /** Registers the meters; those of requests appear when the first request of their kind and outcome has ended. */
    @Override
    public void bindTo(MeterRegistry registry) {
        predictor.listen(new Recorder(registry));
        gauge("inlay.serve.queue", ServingState::waiting, "Images that wait to be computed")
                .baseUnit("images")
                .register(registry);
        Gauge.builder("inlay.serve.queue.capacity", predictor, p -> p.options().queueCapacity())
                .description("Most images that may wait")
                .tags(tags)
                .baseUnit("images")
                .strongReference(true)
                .register(registry);
        for (String kind : predictor.state().tasks().keySet()) {
            gauge("inlay.serve.tasks", state -> state.tasks().get(kind), "Tasks that are served")
                    .tag("kind", kind)
                    .baseUnit("tasks")
                    .register(registry);
        }
        gauge("inlay.serve.tasks.apart", ServingState::apart, "Tasks that are computed apart from the others")
                .register(registry);
        memory("native", ServingState::nativeBytes).register(registry);
        memory("heap", ServingState::heapBytes).register(registry);
        Gauge.builder("inlay.serve.model", () -> 1)
                .description("1; its tags say which backbone is served")
                .tags(tags)
                .tag("name", predictor.backbone().name())
                .tag("fingerprint", predictor.backbone().fingerprint().substring(0, FINGERPRINT_DIGITS))
                .strongReference(true)
                .register(registry);
    }

    private Gauge.Builder<Predictor> memory(String area, ToDoubleFunction<ServingState> bytes) {
        return gauge("inlay.serve.tasks.memory", bytes, "Numbers and positions that tasks hold")
                .tag("area", area)
                .baseUnit("bytes");
    }

    private Gauge.Builder<Predictor> gauge(String name, ToDoubleFunction<ServingState> value, String description) {
        return Gauge.builder(name, predictor, p -> value.applyAsDouble(p.state()))
                .description(description)
                .tags(tags)
                .strongReference(true);
    }

    /** What happens, as timers and distributions. */
    private final class Recorder implements ServingListener {
        private final MeterRegistry registry;
        private final Timer transform;
        private final Timer queue;
        private final Timer backbone;
        private final Timer deltas;
        private final Timer heads;
        private final DistributionSummary images;
        private final DistributionSummary tasks;

        Recorder(MeterRegistry registry) {
            this.registry = registry;
            this.transform = phase("transform");
            this.queue = phase("queue");
            this.backbone = phase("backbone");
            this.deltas = phase("deltas");
            this.heads = phase("heads");
            this.images = summary("inlay.serve.batch.images", "images", "Images that were computed together");
            this.tasks = summary("inlay.serve.batch.tasks", "tasks", "Tasks that images of a batch belong to");
        }

        private Timer phase(String phase) {
            return Timer.builder("inlay.serve.phase")
                    .description("Time that parts of the work take")
                    .tags(tags)
                    .tag("phase", phase)
                    .serviceLevelObjectives(TIMES)
                    .register(registry);
        }

        private DistributionSummary summary(String name, String unit, String description) {
            return DistributionSummary.builder(name)
                    .description(description)
                    .tags(tags)
                    .baseUnit(unit)
                    .serviceLevelObjectives(COUNTS)
                    .register(registry);
        }

        @Override
        public void request(String kind, Outcome outcome, long time) {
            Timer.builder("inlay.serve.request")
                    .description("Requests, from the call to its outcome")
                    .tags(tags)
                    .tag("kind", kind)
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                    .serviceLevelObjectives(TIMES)
                    .register(registry)
                    .record(time, TimeUnit.NANOSECONDS);
        }

        @Override
        public void transformed(long time) {
            transform.record(time, TimeUnit.NANOSECONDS);
        }

        @Override
        public void dequeued(long time) {
            queue.record(time, TimeUnit.NANOSECONDS);
        }

        @Override
        public void computed(Batch batch) {
            images.record(batch.images());
            tasks.record(batch.tasks());
            backbone.record(batch.backbone(), TimeUnit.NANOSECONDS);
            deltas.record(batch.deltas(), TimeUnit.NANOSECONDS);
            heads.record(batch.heads(), TimeUnit.NANOSECONDS);
        }
    }
}
