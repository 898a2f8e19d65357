package dev.inlay.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.ServedTasks;
import dev.inlay.serve.TaskFolder;
import dev.inlay.serve.http.HttpOptions;
import dev.inlay.serve.http.HttpService;
import dev.inlay.tuning.method.HeadOnly;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard and the alerts of {@code configs/monitoring} ask for what a service really publishes. */
class MonitoringTest {
    private static final Path FOLDER = Path.of("configs/monitoring");
    private static final Pattern METRIC = Pattern.compile("inlay_[a-z_]+");

    private static Set<String> scraped;
    private static JsonNode dashboard;
    private static JsonNode alerts;

    @BeforeAll
    static void read(@TempDir Path folder) throws IOException {
        try (VisionTransformer vit = Golden.vit();
                Predictor predictor = new Predictor(vit);
                PrometheusEndpoint endpoint = new PrometheusEndpoint()) {
            new ServingMetrics(predictor).bindTo(endpoint.registry());
            new TrainingMetrics(new TrainingMetricsTest.Counts(Map.of())).bindTo(endpoint.registry());
            predictor.put("a", ServedTasks.write(folder.resolve("a"), vit, new HeadOnly(), 2, 1));
            predictor
                    .predictPixels("a", List.of(ServedTasks.image(vit, 1)), Duration.ofSeconds(30))
                    .join();
            countARequest(predictor, folder, endpoint);
            predictor.close();
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (!(endpoint.scrape().contains("inlay_serve_request")
                            && endpoint.scrape().contains("inlay_http_requests"))
                    && System.nanoTime() < end) {
                Thread.onSpinWait(); // whoever waits for an answer may have it a moment before it is counted
            }
            scraped = new TreeSet<>();
            Matcher line = Pattern.compile("(?m)^(inlay_[a-z_]+)[{ ]").matcher(endpoint.scrape());
            while (line.find()) {
                scraped.add(line.group(1));
            }
        }
        dashboard = new ObjectMapper()
                .readTree(FOLDER.resolve("grafana-dashboard.json").toFile());
        alerts = new YAMLMapper().readTree(FOLDER.resolve("alerts.yaml").toFile());
    }

    private static void countARequest(Predictor predictor, Path folder, PrometheusEndpoint endpoint)
            throws IOException {
        HttpOptions defaults = HttpOptions.DEFAULT;
        HttpOptions http = new HttpOptions(
                defaults.host(),
                0,
                defaults.tokenFile(),
                8,
                8,
                defaults.maxBodyBytes(),
                defaults.maxTaskBytes(),
                defaults.bodyMemory(),
                defaults.maxImages(),
                defaults.images(),
                defaults.decoders(),
                defaults.idle(),
                defaults.bodyTime(),
                defaults.notReady(),
                defaults.drain());
        try (TaskFolder tasks = new TaskFolder(folder.resolve("tasks"), predictor);
                HttpService service = new HttpService(predictor, tasks, http, endpoint.registry(), endpoint::scrape)) {
            try (InputStream answer =
                    URI.create(service.url() + "healthz").toURL().openStream()) {
                assertThat(answer.readAllBytes()).isNotEmpty();
            }
        }
    }

    private static Set<String> used(JsonNode tree) {
        Set<String> used = new TreeSet<>();
        for (JsonNode expression : tree.findValues("expr")) {
            Matcher name = METRIC.matcher(expression.asText());
            while (name.find()) {
                used.add(name.group());
            }
        }
        return used;
    }

    @Test
    void everyMetricOfTheDashboardIsPublished() {
        assertThat(used(dashboard)).isNotEmpty().isSubsetOf(scraped);
    }

    @Test
    void everyMetricOfTheAlertsIsPublished() {
        assertThat(used(alerts)).isNotEmpty().isSubsetOf(scraped);
    }

    @Test
    void theDashboardShowsEveryMeter() {
        Set<String> meters = new TreeSet<>();
        scraped.forEach(name -> meters.add(meter(name)));
        Set<String> shown = new TreeSet<>();
        used(dashboard).forEach(name -> shown.add(meter(name)));
        assertThat(shown).isEqualTo(meters);
    }

    /** What the parts of a histogram have in common. */
    private static String meter(String name) {
        return name.replaceAll("_(count|sum|bucket|max)$", "");
    }

    /** The statuses that docs/http.md lists, and what has none. */
    @Test
    void everyRefusalIsReadByAnAlert() throws IOException {
        Set<String> refusals = new TreeSet<>(Set.of("cut", "500"));
        Matcher row = Pattern.compile("(?m)^\\| (\\d{3}(?:, \\d{3})*) \\|")
                .matcher(Files.readString(Path.of("docs/http.md")));
        while (row.find()) {
            refusals.addAll(List.of(row.group(1).split(", ")));
        }
        assertThat(refusals).contains("400", "429", "504", "507");
        List<Pattern> read = new ArrayList<>();
        for (JsonNode expression : alerts.findValues("expr")) {
            Matcher selector = Pattern.compile("status=~?\"([^\"]+)\"").matcher(expression.asText());
            while (selector.find()) {
                read.add(Pattern.compile(selector.group(1)));
            }
        }
        assertThat(refusals)
                .allSatisfy(status -> assertThat(read).as(status).anyMatch(pattern -> pattern.matcher(status)
                        .matches()));
    }

    @Test
    void theDashboardIsOneThatGrafanaReads() {
        assertThat(dashboard.path("schemaVersion").isInt()).isTrue();
        assertThat(dashboard.path("templating").path("list").findValuesAsText("type"))
                .contains("datasource");
        List<JsonNode> panels = new ArrayList<>();
        dashboard.path("panels").forEach(panels::add);
        Set<Integer> ids = new HashSet<>();
        Set<List<Integer>> cells = new HashSet<>();
        for (JsonNode panel : panels) {
            String title = panel.path("title").asText();
            assertThat(ids.add(panel.path("id").asInt())).as(title).isTrue();
            JsonNode place = panel.path("gridPos");
            for (int x = 0; x < place.path("w").asInt(); x++) {
                for (int y = 0; y < place.path("h").asInt(); y++) {
                    int column = place.path("x").asInt() + x;
                    assertThat(column).as(title).isLessThan(24);
                    assertThat(cells.add(List.of(column, place.path("y").asInt() + y)))
                            .as(title)
                            .isTrue();
                }
            }
            assertThat(panel.path("targets")).as(title).isNotEmpty().allSatisfy(target -> assertThat(
                            target.path("datasource").path("uid").asText())
                    .isEqualTo("${datasource}"));
        }
        assertThat(panels).isNotEmpty();
    }

    @Test
    void everyAlertSaysWhatIsWrongAndWhatToDo() {
        List<JsonNode> rules = new ArrayList<>();
        alerts.path("groups").forEach(group -> group.path("rules").forEach(rules::add));
        assertThat(rules).isNotEmpty().allSatisfy(rule -> {
            assertThat(rule.path("alert").asText()).startsWith("Inlay");
            assertThat(rule.path("expr").asText()).isNotEmpty();
            assertThat(rule.path("for").asText()).matches("\\d+m");
            assertThat(rule.path("labels").path("severity").asText()).isIn("warning", "critical");
            assertThat(rule.path("annotations").path("summary").asText()).isNotEmpty();
            assertThat(rule.path("annotations").path("description").asText()).endsWith(".");
        });
    }
}
