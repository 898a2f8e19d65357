package dev.inlay.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.config.ExperimentConfig.Run;
import dev.inlay.config.MethodConfig.Members;
import dev.inlay.config.MethodConfig.Spt;
import dev.inlay.error.ConfigException;
import dev.inlay.keys.Notation;
import dev.inlay.record.RunKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Reads an {@link ExperimentConfig}: lays every method, task and seed over the base and reads the result as a run. */
final class ExperimentReader {
    private static final String PARAMETERS_OF = "parametersOf";

    /** Keys of a run that belong to the whole experiment or to a single run of it. */
    private static final Set<String> NOT_IN_ENTRIES = Set.of("name", "seed", "threads", "device", "baselines");

    private final ConfigTree tree;
    private final boolean benchmark;
    private final Section root;
    private final Set<String> runKeys = runKeys();
    private final Set<String> problems = new LinkedHashSet<>();

    /** A member of {@code methods} or {@code tasks}: what it lays over the base, and where it stands in the file. */
    private record Entry(String name, ObjectNode keys, String place) {}

    /** A budget of the list, and where it stands in the file. */
    private record Budget(JsonNode value, String place) {
        String name() {
            return value.has(PARAMETERS_OF) ? "of " + value.get(PARAMETERS_OF).asText() : value.asText();
        }
    }

    /** A method of the table. */
    private record Row(String name, Entry method, Optional<Budget> budget) {
        Overlay over(Overlay below) {
            below.lay(method.keys(), method.place());
            budget.ifPresent(given -> below.lay("method", "budget", given.value(), given.place()));
            return below;
        }
    }

    private ExperimentReader(ConfigTree tree, boolean benchmark) {
        this.tree = tree;
        this.benchmark = benchmark;
        this.root = Section.root(tree);
    }

    /**
     * Reads the bare grid.
     *
     * @throws ConfigException listing every problem of every run once
     */
    static ExperimentConfig comparison(ConfigTree tree) {
        return new ExperimentReader(tree, false).read();
    }

    /**
     * Reads a benchmark.
     *
     * @param dataRoot where {@code tasks[].data.root} starts
     * @throws ConfigException listing every problem of every run once
     */
    static ExperimentConfig suite(ConfigTree tree, Path dataRoot) {
        ObjectNode moved = tree.root().deepCopy();
        for (JsonNode task : moved.path("tasks")) {
            if (task.path("data") instanceof ObjectNode data
                    && data.path("root").isTextual()) {
                Path root = dataRoot.toAbsolutePath()
                        .normalize()
                        .resolve(data.path("root").asText());
                data.put("root", root.toString());
            }
        }
        ConfigTree rooted = new ConfigTree(
                tree.source(), tree.folder(), moved, tree.lines(), tree.origins(), tree.overridden(), tree.problems());
        return new ExperimentReader(rooted, true).read();
    }

    private ExperimentConfig read() {
        String name = root.text("name", benchmark ? "suite" : "compare");
        String about = ofBenchmark("about");
        String obtain = ofBenchmark("obtain");
        List<Long> seeds = seeds();
        List<Entry> methods =
                entries("methods", root.members("methods"), Set.of(), "{name: LoRA, method: {type: lora}}");
        List<Section> members = root.members("tasks");
        List<ExperimentTask> described =
                benchmark ? members.stream().map(ExperimentTask::read).toList() : List.of();
        List<PublishedAccuracies> published = benchmark
                ? root.members("published").stream()
                        .map(row -> PublishedAccuracies.read(row, described))
                        .toList()
                : List.of();
        List<Entry> tasks = entries("tasks", members, Set.of("method"), "{name: count, data: {task: count}}");
        List<Row> rows = rows(methods);
        if (root.has("baselines")) {
            root.problem("baselines", "a comparison has none; give methods a member {type: linear} instead");
        }
        runKeys.forEach(root::has);
        root.end();
        problems.addAll(root.problems());
        requireOwnFolders("methods", rows.stream().map(Row::name).toList());
        requireOwnFolders("tasks", tasks.stream().map(Entry::name).toList());
        List<Run> runs = runs(rows, tasks, seeds);
        if (!problems.isEmpty()) {
            throw new ConfigException(tree.source(), List.copyOf(problems));
        }
        return new ExperimentConfig(
                name,
                about,
                obtain,
                benchmark
                        ? described
                        : tasks.stream()
                                .map(task -> ExperimentTask.named(task.name()))
                                .toList(),
                rows.stream().map(Row::name).toList(),
                seeds,
                runs,
                published,
                tree.root().toPrettyString());
    }

    private String ofBenchmark(String key) {
        return benchmark ? root.optionalText(key).orElse("").strip() : "";
    }

    /** The outermost keys of the config of a run. */
    private static Set<String> runKeys() {
        Section empty = Section.root(ConfigTree.parse("", "empty", Path.of(""), List.of()));
        RunConfig.read(empty);
        Set<String> keys = new TreeSet<>(empty.keys());
        keys.removeIf(key -> key.contains("."));
        return keys;
    }

    private List<Long> seeds() {
        if (!root.has("seeds")) {
            return List.of(root.whole("seed", 0, 0, Long.MAX_VALUE));
        }
        if (root.has("seed")) {
            root.problem("seed", "conflicts with seeds; keep one");
        }
        List<Integer> seeds = root.integers("seeds", List.of(0), 0, Integer.MAX_VALUE);
        if (seeds.isEmpty() || Set.copyOf(seeds).size() < seeds.size()) {
            root.problem("seeds", "expected at least one, all different, found " + seeds);
        }
        return seeds.isEmpty()
                ? List.of(0L)
                : seeds.stream().distinct().map(Integer::longValue).toList();
    }

    private List<Entry> entries(String key, List<Section> members, Set<String> excluded, String example) {
        Set<String> laid = new TreeSet<>(runKeys);
        laid.removeAll(NOT_IN_ENTRIES);
        laid.removeAll(excluded);
        List<Entry> entries = new ArrayList<>();
        for (Section member : members) {
            String place = key + "[" + entries.size() + "]";
            Optional<String> name = member.optionalText("name");
            if (name.isEmpty() && !member.has("name")) {
                member.problem("name", "missing; expected what the table calls it");
            }
            laid.forEach(member::has);
            member.end();
            ObjectNode keys = JsonNodeFactory.instance.objectNode();
            if (tree.root().get(key).get(entries.size()) instanceof ObjectNode given) {
                keys.setAll(given);
            }
            keys.retain(laid);
            entries.add(new Entry(name.orElse(place), keys, place));
        }
        if (entries.isEmpty()) {
            root.problem(key, "expected a list with at least one member such as " + example);
        }
        return entries;
    }

    /** Two names must not share a folder, on no file system. */
    private void requireOwnFolders(String key, List<String> names) {
        Map<String, String> owners = new HashMap<>();
        for (String name : names) {
            String folder = ExperimentConfig.folderName(name).toLowerCase(Locale.ROOT);
            String owner = owners.putIfAbsent(folder, name);
            if (folder.isEmpty()) {
                problems.add(key + ": a name needs a letter or digit, found " + name);
            } else if (owner != null) {
                problems.add(key + ": " + name
                        + (owner.equals(name)
                                ? " is there twice; give each its own name"
                                : " and " + owner + " would share a folder; let their letters and digits differ"));
            }
        }
    }

    private List<Row> rows(List<Entry> methods) {
        List<Budget> budgets = budgets();
        List<Row> rows = new ArrayList<>();
        boolean spent = false;
        for (Entry method : methods) {
            Row row = new Row(method.name(), method, Optional.empty());
            if (budgets.isEmpty() || !takesBudgets(row.over(base()))) {
                rows.add(row);
                continue;
            }
            spent = true;
            for (Budget budget : budgets) {
                rows.add(new Row(row.name() + ", budget " + budget.name(), method, Optional.of(budget)));
            }
        }
        if (!spent && !budgets.isEmpty()) {
            root.problem("budgets", "no method takes them: each is of another type than spt or has its own");
        }
        return rows;
    }

    private List<Budget> budgets() {
        if (!root.has("budgets")) {
            return List.of();
        }
        JsonNode given = tree.root().get("budgets");
        if (!(given instanceof ArrayNode)) {
            root.problem("budgets", "expected a list such as [10000, 0.5%], found " + Notation.YAML.describe(given));
        }
        List<Budget> budgets = new ArrayList<>();
        for (int i = 0; given instanceof ArrayNode && i < given.size(); i++) {
            budgets.add(new Budget(given.get(i), "budgets[" + i + "]"));
        }
        return budgets;
    }

    /** What the file says about every run, without what belongs to single ones. */
    private Overlay base() {
        ObjectNode base = tree.root().deepCopy();
        base.retain(runKeys);
        base.remove(List.of("name", "seed", "baselines"));
        return new Overlay(tree, base);
    }

    private static boolean isSpt(Overlay run) {
        return run.at("/method/type").asText(Spt.NAME).equals(Spt.NAME)
                && !run.at("/method/" + Members.KEY).isArray();
    }

    private static boolean takesBudgets(Overlay run) {
        return isSpt(run)
                && Stream.of("budget", "tau", "plan")
                        .allMatch(key -> run.at("/method/" + key).isMissingNode());
    }

    private List<Run> runs(List<Row> rows, List<Entry> tasks, List<Long> seeds) {
        List<String> stated = rows.stream()
                .filter(row -> !isSpt(row.over(base())))
                .map(Row::name)
                .toList();
        List<Run> runs = new ArrayList<>();
        for (Entry task : tasks) {
            for (long seed : seeds) {
                for (Row row : rows) {
                    runs.add(run(row, task, seed, stated));
                }
            }
        }
        return runs;
    }

    private Run run(Row row, Entry task, long seed, List<String> stated) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        RunKey key = new RunKey(task.name(), row.name(), seed);
        Overlay run = row.over(base().lay(task.keys(), task.place()));
        run.set("", "name", json.textNode(key.toString()));
        run.set("", "seed", json.numberNode(seed));
        run.set("baselines", "linear", json.booleanNode(false));
        Optional<String> reference = Optional.empty();
        if (isSpt(run) && run.at("/method/budget") instanceof ObjectNode budget) {
            reference = Optional.of(reference(budget, run.tree().place("method.budget"), stated));
            run.set("method", "budget", json.numberNode(1));
        }
        return new Run(key, config(run.tree()), reference);
    }

    /** The run that a tree says, or null with its problems noted. */
    private RunConfig config(ConfigTree merged) {
        Section section = Section.root(merged);
        try {
            return RunConfig.read(section);
        } catch (ConfigException e) {
            problems.addAll(section.problems());
            return null;
        }
    }

    private String reference(ObjectNode budget, String place, List<String> stated) {
        String name = budget.path(PARAMETERS_OF).asText();
        if (budget.size() != 1 || !stated.contains(name)) {
            problems.add(place + ": expected a number, a share such as 0.5%, or {" + PARAMETERS_OF
                    + ": name} of a method that is not of type spt (" + String.join("; ", stated) + "), found "
                    + budget);
        }
        return name;
    }
}
