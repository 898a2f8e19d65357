package dev.inlay.metrics;

import dev.inlay.record.Phase;
import dev.inlay.record.RunStatus;
import dev.inlay.record.Split;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * The meters of one run, read from its {@link RunStatus} whenever a registry asks; {@code docs/metrics.md} lists them.
 * A meter is not a number (NaN) until there is something to tell.
 */
public final class RunMetrics implements MeterBinder {
    private final RunStatus status;
    private final Tags tags;

    /**
     * @param status written by the run; held as long as this binder's meters are registered
     */
    public RunMetrics(RunStatus status) {
        this(status, Tags.empty());
    }

    /**
     * @param status written by the run; held as long as this binder's meters are registered
     * @param tags put on every meter, such as the name of the run
     */
    public RunMetrics(RunStatus status, Iterable<Tag> tags) {
        this.status = Objects.requireNonNull(status, "status");
        this.tags = Tags.of(tags);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("inlay.run.examples", status, RunStatus::examples)
                .description("Examples trained on since the process started")
                .baseUnit("examples")
                .tags(tags)
                .register(registry);
        FunctionTimer.builder("inlay.run.step", status, RunStatus::steps, RunStatus::stepNanos, TimeUnit.NANOSECONDS)
                .description("Training steps since the process started and the time they took")
                .tags(tags)
                .register(registry);
        gauge("inlay.run.throughput", RunStatus::examplesPerSecond, "Examples per second of the last step")
                .baseUnit("examples/second")
                .register(registry);
        gauge("inlay.run.loss", RunStatus::loss, "Loss of the last step")
                .baseUnit("nats")
                .register(registry);
        gauge("inlay.run.gradient.norm", RunStatus::gradientNorm, "Gradient norm of the last step, before clipping")
                .register(registry);
        gauge("inlay.run.epoch", RunStatus::epoch, "Epoch being trained, from 1; 0 before training")
                .register(registry);
        gauge("inlay.run.native.memory", RunMetrics::nativeBytes, "Native memory held")
                .baseUnit("bytes")
                .register(registry);
        for (Split split : Split.values()) {
            gauge("inlay.run.accuracy", run -> run.accuracy(split), "Last measured top-1 fraction")
                    .tag("split", split.toString())
                    .baseUnit("ratio")
                    .register(registry);
        }
        for (Phase phase : Phase.values()) {
            gauge("inlay.run.phase", run -> run.phase() == phase ? 1 : 0, "1 for the phase the run is in, 0 for others")
                    .tag("phase", phase.toString())
                    .register(registry);
        }
    }

    private Gauge.Builder<RunStatus> gauge(String name, ToDoubleFunction<RunStatus> value, String description) {
        return Gauge.builder(name, status, value)
                .description(description)
                .tags(tags)
                .strongReference(true);
    }

    private static double nativeBytes(RunStatus status) {
        var bytes = status.nativeBytes();
        return bytes.isPresent() ? bytes.getAsLong() : Double.NaN;
    }
}
