package dev.inlay.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.config.SuiteConfig.Published;
import dev.inlay.config.SuiteConfig.Task;
import dev.inlay.error.Spelling;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads a {@link SuiteConfig}: takes out what only a suite has, and reads the rest as a comparison. */
final class SuiteReader {
    private static final Set<String> OF_A_SUITE = Set.of("about", "obtain", "published");
    private static final Set<String> OF_A_TASK = Set.of("group", "classes", "examples", "obtain");
    private static final int MOST = 100_000_000;

    private final ConfigTree tree;
    private final Path dataRoot;
    private final Section root;

    SuiteReader(ConfigTree tree, Path dataRoot) {
        this.tree = tree;
        this.dataRoot = dataRoot.toAbsolutePath().normalize();
        this.root = Section.root(tree);
    }

    SuiteConfig read() {
        String name = root.text("name", "suite");
        String about = root.optionalText("about").orElse("").strip();
        String obtain = root.optionalText("obtain").orElse("").strip();
        List<Task> tasks = root.members("tasks").stream().map(SuiteReader::task).toList();
        List<Published> published = root.members("published").stream()
                .map(row -> published(row, tasks))
                .toList();
        CompareConfig runs = new CompareReader(comparison(), root.problems()).read();
        return new SuiteConfig(name, about, obtain, tasks, published, runs);
    }

    private static Task task(Section member) {
        if (!member.has("group")) {
            member.problem("group", "missing; expected the group that the task is averaged with");
        }
        String name = member.optionalText("name").orElse("");
        String group = member.optionalText("group").orElse("");
        int classes = member.integer("classes", 0, 0, MOST);
        Section examples = member.section("examples");
        Task task = new Task(
                name,
                group,
                classes,
                examples.integer("train", 0, 0, MOST),
                examples.integer("validation", 0, 0, MOST),
                examples.integer("test", 0, 0, MOST),
                member.optionalText("obtain").orElse("").strip());
        examples.end();
        return task;
    }

    private static Published published(Section row, List<Task> tasks) {
        for (String key : List.of("method", "source")) {
            if (!row.has(key)) {
                row.problem(key, "missing; expected what it is called and where it is printed");
            }
        }
        Published published = new Published(
                row.optionalText("method").orElse(""),
                row.optionalText("source").orElse(""),
                percents(row, "tasks", tasks.stream().map(Task::name).collect(Collectors.toSet())),
                percents(row, "groups", tasks.stream().map(Task::group).collect(Collectors.toSet())));
        row.end();
        return published;
    }

    private static Map<String, Double> percents(Section row, String key, Collection<String> names) {
        Map<String, Double> percents = new LinkedHashMap<>();
        row.tree(key).ifPresent(map -> map.properties().forEach(cell -> {
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
        row.problem(key, "expected percent from 0 to 100, found " + Section.kind(value));
        return 0;
    }

    /** The file without what only a suite has; the folders of images start at the data root. */
    private ConfigTree comparison() {
        ObjectNode rest = tree.root().deepCopy();
        rest.remove(OF_A_SUITE);
        for (JsonNode member : rest.path("tasks")) {
            if (member instanceof ObjectNode task) {
                task.remove(OF_A_TASK);
                if (task.path("data") instanceof ObjectNode data
                        && data.path("root").isTextual()) {
                    data.put(
                            "root", dataRoot.resolve(data.path("root").asText()).toString());
                }
            }
        }
        return new ConfigTree(
                tree.source(),
                tree.folder(),
                rest,
                tree.lines(),
                tree.origins(),
                tree.overridden(),
                new ArrayList<>(tree.problems()));
    }
}
