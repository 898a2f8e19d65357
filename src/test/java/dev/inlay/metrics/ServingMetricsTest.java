package dev.inlay.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.error.DataException;
import dev.inlay.error.DeadlineException;
import dev.inlay.error.OverloadException;
import dev.inlay.error.UnknownTaskException;
import dev.inlay.golden.Golden;
import dev.inlay.publishing.Markdown;
import dev.inlay.serve.Outcome;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.ServedTasks;
import dev.inlay.serve.ServingOptions;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.TuningMethod;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ServingMetricsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final ServingOptions NEVER_FULL = new ServingOptions(8, Duration.ofSeconds(20), 16, LONG, 10, 10);

    @TempDir
    private static Path folder;

    private static VisionTransformer vit;
    private static Path linear;
    private static Path lora;
    private static Path full;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @BeforeAll
    static void open() {
        vit = Golden.vit();
        linear = ServedTasks.write(folder.resolve("linear"), vit, new HeadOnly(), 3, 1);
        lora = ServedTasks.write(
                folder.resolve("lora"), vit, new Lora(2, 4, 0, List.of("attn.q", "attn.v"), List.of()), 2, 2);
        full = ServedTasks.write(folder.resolve("full"), vit, new FullFineTuning(), 2, 3);
    }

    @AfterAll
    static void close() {
        vit.close();
    }

    private Predictor predictor(ServingOptions options) {
        Predictor predictor = new Predictor(vit, options);
        new ServingMetrics(predictor).bindTo(registry);
        predictor.put("a", linear);
        predictor.put("b", lora);
        return predictor;
    }

    private static List<float[]> images(int size) {
        return Collections.nCopies(size, ServedTasks.image(vit, 1));
    }

    private double gauge(String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }

    /** Whoever waits for an answer may have it a moment before it is counted. */
    private void awaitRequests(String kind, Outcome outcome, long expected) {
        long end = System.nanoTime() + LONG.toNanos();
        while (requests(kind, outcome) != expected && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(requests(kind, outcome)).as(kind + " " + outcome).isEqualTo(expected);
    }

    private long requests(String kind, Outcome outcome) {
        Timer timer = registry.find("inlay.serve.request")
                .tag("kind", kind)
                .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                .timer();
        return timer == null ? 0 : timer.count();
    }

    private Timer phase(String phase) {
        return registry.get("inlay.serve.phase").tag("phase", phase).timer();
    }

    @Test
    void countsBatchesOfSeveralTasksAndTheirPhases() {
        long start = System.nanoTime();
        try (Predictor predictor = predictor(NEVER_FULL)) { // eight images fill a batch
            CompletableFuture<?> first = predictor.predictPixels("a", images(3), LONG);
            assertThat(gauge("inlay.serve.queue")).isEqualTo(3);
            predictor.predictPixels("b", images(5), LONG).join();
            first.join();
        }
        double elapsed = System.nanoTime() - start;
        assertThat(gauge("inlay.serve.queue")).isZero();
        awaitRequests("linear", Outcome.OK, 1);
        awaitRequests("lora", Outcome.OK, 1);
        DistributionSummary images = registry.get("inlay.serve.batch.images").summary();
        assertThat(images.count()).isEqualTo(1);
        assertThat(images.totalAmount()).isEqualTo(8);
        assertThat(registry.get("inlay.serve.batch.tasks").summary().totalAmount())
                .isEqualTo(2);
        assertThat(phase("transform").count()).isEqualTo(2);
        assertThat(phase("queue").count()).isEqualTo(8);
        for (String part : List.of("backbone", "deltas", "heads")) {
            assertThat(phase(part).count()).isEqualTo(1);
            assertThat(phase(part).totalTime(TimeUnit.NANOSECONDS)).as(part).isPositive();
        }
        assertThat(Stream.of("backbone", "deltas", "heads")
                        .mapToDouble(part -> phase(part).totalTime(TimeUnit.NANOSECONDS))
                        .sum())
                .isLessThan(elapsed);
    }

    @Test
    void everyOutcomeIsCountedOnceForEachRequest() {
        try (Predictor predictor = predictor(NEVER_FULL)) {
            assertThatThrownBy(() -> predictor.predictPixels("nobody", images(1), LONG))
                    .isInstanceOf(UnknownTaskException.class);
            assertThatThrownBy(() -> predictor.predictPixels("a", List.of(new float[3]), LONG))
                    .isInstanceOf(DataException.class);
            assertThatThrownBy(() -> predictor.predictPixels("a", images(17), LONG))
                    .isInstanceOf(OverloadException.class);
            predictor.predictPixels("b", images(2), LONG).cancel(true);
            CompletableFuture<?> late = predictor.predictPixels("a", images(1), Duration.ofNanos(1));
            predictor.predictPixels("b", images(8), LONG).join();
            assertThatThrownBy(late::join).hasCauseInstanceOf(DeadlineException.class);
            float[] endless = ServedTasks.image(vit, 1);
            endless[0] = Float.NaN;
            assertThatThrownBy(() -> predictor
                            .predictPixels("a", Collections.nCopies(8, endless), LONG)
                            .join())
                    .hasCauseInstanceOf(DataException.class);
        }
        awaitRequests("none", Outcome.UNKNOWN_TASK, 1);
        awaitRequests("linear", Outcome.BAD_INPUT, 2);
        awaitRequests("linear", Outcome.OVERLOAD, 1);
        awaitRequests("lora", Outcome.CANCELLED, 1);
        awaitRequests("linear", Outcome.DEADLINE, 1);
        awaitRequests("lora", Outcome.OK, 1);
        long all = registry.get("inlay.serve.request").timers().stream()
                .mapToLong(Timer::count)
                .sum();
        assertThat(all).isEqualTo(7);
    }

    @Test
    void tellsWhatTasksThereAreAndWhatTheyHold() {
        try (Predictor predictor = predictor(ServingOptions.DEFAULT)) {
            assertThat(gauge("inlay.serve.tasks", "kind", "linear")).isEqualTo(1);
            assertThat(gauge("inlay.serve.tasks", "kind", "full")).isZero();
            assertThat(gauge("inlay.serve.tasks.apart")).isZero();
            predictor.remove("b");
            double before = gauge("inlay.serve.tasks.memory", "area", "native");
            int width = vit.embedDim();
            assertThat(before).isCloseTo(4 * (3 * width + 3), within(0.0));
            predictor.put("c", full);
            assertThat(gauge("inlay.serve.tasks", "kind", "full")).isEqualTo(1);
            assertThat(gauge("inlay.serve.tasks.apart")).isEqualTo(1);
            predictor.remove("c");
            assertThat(gauge("inlay.serve.tasks.memory", "area", "native")).isEqualTo(before);
            assertThat(gauge("inlay.serve.queue.capacity")).isEqualTo(ServingOptions.DEFAULT.queueCapacity());
            assertThat(gauge("inlay.serve.model", "name", vit.name())).isEqualTo(1);
        }
    }

    @Test
    void manyTasksMakeNoFurtherMeters() {
        try (Predictor predictor = predictor(ServingOptions.DEFAULT)) {
            predictor.predictPixels("a", images(1), LONG).join();
            awaitRequests("linear", Outcome.OK, 1);
            int before = registry.getMeters().size();
            for (int i = 0; i < 50; i++) {
                predictor.put("task-" + i, linear);
                predictor.predictPixels("task-" + i, images(1), LONG).join();
            }
            assertThat(registry.getMeters()).hasSize(before);
        }
    }

    @Test
    void everyMeterIsDocumentedWithItsUnitAndTagsAndNothingElse() {
        try (Predictor predictor = new Predictor(vit)) {
            new ServingMetrics(predictor, Tags.empty()).bindTo(registry);
            predictor.put("a", linear);
            predictor.predictPixels("a", images(1), LONG).join();
        }
        awaitRequests("linear", Outcome.OK, 1);
        TreeMap<String, String> registered = new TreeMap<>();
        TreeMap<String, Set<String>> tags = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            if (meter.getId().getName().endsWith(".histogram")) {
                continue; // the buckets, as this registry shows them
            }
            String unit = meter.getId().getBaseUnit();
            registered.put(meter.getId().getName(), unit == null ? "" : unit);
            tags.computeIfAbsent(meter.getId().getName(), name -> new TreeSet<>())
                    .addAll(meter.getId().getTags().stream().map(Tag::getKey).collect(Collectors.toSet()));
        }
        TreeMap<String, String> documented = new TreeMap<>();
        Markdown page = Markdown.of("docs/metrics.md");
        for (Markdown.Table table : page.tables("unit", "tags")) {
            for (String name : table.keys()) {
                if (name.startsWith("inlay.serve.")) {
                    // a registry may count time in another unit than the page says
                    boolean isTimer = registry.find(name).timer() != null;
                    String unit = table.cell(name, "unit");
                    assertThat(!isTimer || unit.equals("seconds")).isTrue();
                    documented.put(name, isTimer ? registered.get(name) : unit);
                    assertThat(new TreeSet<>(Markdown.names(table.cell(name, "tags"))))
                            .as(name)
                            .isEqualTo(tags.get(name));
                }
            }
        }
        assertThat(documented).isEqualTo(registered);
        assertThat(page.text())
                .contains(Stream.of(Outcome.values())
                        .map(outcome -> "`" + outcome.name().toLowerCase(Locale.ROOT) + "`")
                        .toList());
        Set<String> phases = registry.get("inlay.serve.phase").timers().stream()
                .map(timer -> timer.getId().getTag("phase"))
                .collect(Collectors.toSet());
        assertThat(page.listed(phases)).containsAll(phases);
        assertThat(registry.get("inlay.serve.tasks").gauges())
                .hasSameSizeAs(TuningMethod.all().keySet());
    }
}
