package dev.inlay.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.publishing.Markdown;
import dev.inlay.record.Phase;
import dev.inlay.record.RunStatus;
import dev.inlay.record.Split;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RunMetricsTest {
    private final RunStatus status = new RunStatus();
    private final MeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void tellsWhatTheLoopWrote() {
        new RunMetrics(status).bindTo(registry);
        status.phase(Phase.TRAIN);
        status.epoch(3);
        status.step(64, 1.5, 2.0, 2_000_000_000L);
        status.step(32, 0.5, 4.0, 500_000_000L);
        status.accuracy(Split.TEST, 0.75);
        status.nativeBytes(() -> 4096);

        assertThat(registry.get("inlay.run.examples").functionCounter().count()).isEqualTo(96);
        FunctionTimer step = registry.get("inlay.run.step").functionTimer();
        assertThat(step.count()).isEqualTo(2);
        assertThat(step.totalTime(TimeUnit.SECONDS)).isCloseTo(2.5, within(1e-9));
        assertThat(gauge("inlay.run.throughput")).isCloseTo(64, within(1e-9));
        assertThat(gauge("inlay.run.loss")).isEqualTo(0.5);
        assertThat(gauge("inlay.run.gradient.norm")).isEqualTo(4);
        assertThat(gauge("inlay.run.epoch")).isEqualTo(3);
        assertThat(gauge("inlay.run.native.memory")).isEqualTo(4096);
        assertThat(gauge("inlay.run.accuracy", "split", "test")).isEqualTo(0.75);
        assertThat(gauge("inlay.run.accuracy", "split", "validation")).isNaN();
        assertThat(gauge("inlay.run.phase", "phase", "train")).isEqualTo(1);
        assertThat(gauge("inlay.run.phase", "phase", "probe")).isZero();
    }

    @Test
    void isNotANumberBeforeThereIsOne() {
        new RunMetrics(status).bindTo(registry);
        assertThat(gauge("inlay.run.loss")).isNaN();
        assertThat(gauge("inlay.run.throughput")).isNaN();
        assertThat(gauge("inlay.run.native.memory")).isNaN();
        assertThat(gauge("inlay.run.epoch")).isZero();
    }

    @Test
    void tellsRunsOnOneRegistryApartByTheirTags() {
        RunStatus other = new RunStatus();
        new RunMetrics(status, Tags.of("run", "a")).bindTo(registry);
        new RunMetrics(other, Tags.of("run", "b")).bindTo(registry);
        status.step(8, 1, 1, 1);
        assertThat(registry.get("inlay.run.examples")
                        .tag("run", "a")
                        .functionCounter()
                        .count())
                .isEqualTo(8);
        assertThat(registry.get("inlay.run.examples")
                        .tag("run", "b")
                        .functionCounter()
                        .count())
                .isZero();
    }

    @Test
    void everyMeterIsDocumentedWithItsUnitAndTagsAndNothingElse() {
        new RunMetrics(status).bindTo(registry);
        TreeMap<String, String> registered = new TreeMap<>();
        TreeMap<String, Set<String>> tags = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            String unit = meter.getId().getBaseUnit();
            registered.put(meter.getId().getName(), unit == null ? "" : unit);
            Set<String> values = tags.computeIfAbsent(meter.getId().getName(), name -> new LinkedHashSet<>());
            for (Tag tag : meter.getId().getTags()) {
                values.add(tag.getKey());
                values.add(tag.getValue());
            }
        }
        TreeMap<String, String> documented = new TreeMap<>();
        for (Markdown.Table table : Markdown.of("docs/metrics.md").tables("unit", "tags")) {
            for (String name : table.keys()) {
                if (name.startsWith("inlay.run.")) {
                    documented.put(name, table.cell(name, "unit"));
                    assertThat(new TreeSet<>(Markdown.names(table.cell(name, "tags"))))
                            .as(name)
                            .isEqualTo(new TreeSet<>(tags.get(name)));
                }
            }
        }
        assertThat(documented).isEqualTo(registered);
    }

    private double gauge(String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }
}
