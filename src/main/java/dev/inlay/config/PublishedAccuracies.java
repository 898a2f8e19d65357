package dev.inlay.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.error.Spelling;
import dev.inlay.keys.Notation;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A row of a table that others have published, in percent.
 *
 * @param method what it calls the method
 * @param source where it is printed
 * @param tasks by the name of the task; a task that it does not have is absent
 * @param groups means by the name of the group; a group that it does not print is absent
 */
public record PublishedAccuracies(String method, String source, Map<String, Double> tasks, Map<String, Double> groups) {
    /** Copies the maps and keeps their order. */
    public PublishedAccuracies {
        tasks = Collections.unmodifiableMap(new LinkedHashMap<>(tasks));
        groups = Collections.unmodifiableMap(new LinkedHashMap<>(groups));
    }

    /**
     * Reads a row.
     *
     * @param tasks of the benchmark
     */
    static PublishedAccuracies read(Section row, List<ExperimentTask> tasks) {
        for (String key : List.of("method", "source")) {
            if (!row.has(key)) {
                row.problem(key, "missing; expected what it is called and where it is printed");
            }
        }
        PublishedAccuracies published = new PublishedAccuracies(
                row.optionalText("method").orElse(""),
                row.optionalText("source").orElse(""),
                percents(row, "tasks", tasks.stream().map(ExperimentTask::name).collect(Collectors.toSet())),
                percents(
                        row, "groups", tasks.stream().map(ExperimentTask::group).collect(Collectors.toSet())));
        row.end();
        return published;
    }

    private static Map<String, Double> percents(Section row, String key, Collection<String> names) {
        Map<String, Double> percents = new LinkedHashMap<>();
        row.anything(key).ifPresent(map -> map.properties().forEach(cell -> {
            if (!names.contains(cell.getKey())) {
                row.problem(
                        key,
                        "the suite has no " + cell.getKey() + "; known are " + String.join(", ", names)
                                + Spelling.hint(cell.getKey(), names));
            }
            percents.put(cell.getKey(), percent(row, key, cell.getValue()));
        }));
        return percents;
    }

    private static double percent(Section row, String key, JsonNode value) {
        try {
            double percent = new BigDecimal(value.asText().strip()).doubleValue();
            if (percent >= 0 && percent <= 100) {
                return percent;
            }
        } catch (NumberFormatException e) {
            // rejected below, like one out of range
        }
        row.problem(key, "expected percent from 0 to 100, found " + Notation.YAML.describe(value));
        return 0;
    }
}
