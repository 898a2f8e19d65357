package dev.inlay.record;

import dev.inlay.error.DataException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A suite of tasks, summed up from its trials: its components are the keys of {@code suite.json}, whose meanings and units
 * {@code docs/benchmark.md} lists.
 *
 * @param name what the suite is called
 * @param about what it is
 * @param tasks every task, in the order of the config
 * @param seeds in the order of the config
 * @param methods one row each, in the order of the config
 * @param published what others have published on these tasks
 * @param sets whether the images of each task were there; empty if nobody looked
 * @param failures runs that failed and have not been done since
 * @param notes what a reader of the numbers should know
 */
public record SuiteRecord(
        String name,
        String about,
        List<SuiteTask> tasks,
        List<Long> seeds,
        List<SuiteRow> methods,
        List<PublishedRow> published,
        List<SetRecord> sets,
        List<TrialRecord> failures,
        List<String> notes) {
    /** The fewest seeds whose mean and spread are called a result. */
    public static final int SEEDS_OF_A_RESULT = 3;

    /** Copies the lists; null stands for an empty one. */
    public SuiteRecord {
        Objects.requireNonNull(name, "name");
        tasks = List.copyOf(tasks);
        seeds = List.copyOf(seeds);
        methods = List.copyOf(methods);
        published = published == null ? List.of() : List.copyOf(published);
        sets = sets == null ? List.of() : List.copyOf(sets);
        failures = failures == null ? List.of() : List.copyOf(failures);
        notes = notes == null ? List.of() : List.copyOf(notes);
    }

    /** The groups, in the order in which they first occur. */
    public List<String> groups() {
        return tasks.stream().map(SuiteTask::group).distinct().toList();
    }

    /**
     * Sums trials up. Of several of one run a finished one counts, and of those the last; trials of other tasks, methods,
     * seeds or suites are passed over and counted among the notes.
     *
     * @param methods names, in the order of the config
     * @param trials as {@link TrialsFile} reads them
     * @throws DataException if finished trials of one run have different configs
     */
    public static SuiteRecord of(
            String name,
            String about,
            List<SuiteTask> tasks,
            List<Long> seeds,
            List<String> methods,
            List<PublishedRow> published,
            List<SetRecord> sets,
            List<TrialRecord> trials) {
        List<TrialRecord> own = trials.stream()
                .filter(trial -> trial.suite().equals(name)
                        && tasks.stream().anyMatch(task -> task.name().equals(trial.task()))
                        && methods.contains(trial.method())
                        && seeds.contains(trial.seed()))
                .toList();
        Map<TrialRecord.Place, TrialRecord> latest = latest(own);
        List<TrialRecord> failures =
                latest.values().stream().filter(trial -> !trial.hasFinished()).toList();
        List<SuiteRow> rows = methods.stream()
                .map(method -> row(method, tasks, seeds, latest))
                .toList();
        List<String> notes = new ArrayList<>();
        if (own.size() < trials.size()) {
            notes.add((trials.size() - own.size())
                    + " trials of other suites, tasks, methods or seeds are not counted here");
        }
        notes.addAll(notes(
                tasks,
                seeds,
                latest.values().stream().filter(TrialRecord::hasFinished).toList()));
        return new SuiteRecord(name, about, tasks, seeds, rows, published, sets, failures, notes);
    }

    private static Map<TrialRecord.Place, TrialRecord> latest(List<TrialRecord> trials) {
        Map<TrialRecord.Place, TrialRecord> latest = new LinkedHashMap<>();
        for (TrialRecord trial : trials) {
            TrialRecord before = latest.get(trial.place());
            if (before != null
                    && before.hasFinished()
                    && trial.hasFinished()
                    && !before.configHash().equals(trial.configHash())) {
                throw new DataException(trial.task() + ", " + trial.method() + ", seed " + trial.seed()
                        + ": trials of two configs (" + before.configHash().substring(0, 12) + " and "
                        + trial.configHash().substring(0, 12)
                        + "); keep those of one, since a table of both would be of neither");
            }
            if (before == null || trial.hasFinished() || !before.hasFinished()) {
                latest.put(trial.place(), trial);
            }
        }
        return latest;
    }

    private static SuiteRow row(
            String method, List<SuiteTask> tasks, List<Long> seeds, Map<TrialRecord.Place, TrialRecord> latest) {
        List<TrialRecord> own = latest.values().stream()
                .filter(trial -> trial.method().equals(method))
                .toList();
        List<TrialRecord> finished =
                own.stream().filter(TrialRecord::hasFinished).toList();
        return new SuiteRow(
                method,
                ProtocolRecord.of(tasks, seeds, (task, seed) -> finished(latest, method, task, seed)
                        .map(TrialRecord::top1)),
                ProtocolRecord.of(tasks, seeds, (task, seed) -> finished(latest, method, task, seed)
                        .map(TrialRecord::bestOnTest)
                        .map(BestOnTest::top1)),
                finished.stream().mapToInt(TrialRecord::testEvaluations).max().orElse(0),
                finished.stream()
                        .map(TrialRecord::parameters)
                        .max(Long::compare)
                        .orElse(null),
                finished.stream()
                        .map(TrialRecord::parameters)
                        .min(Long::compare)
                        .orElse(null),
                finished.isEmpty()
                        ? null
                        : finished.stream()
                                .mapToDouble(TrialRecord::seconds)
                                .average()
                                .getAsDouble(),
                finished.size(),
                own.size() - finished.size());
    }

    private static Optional<TrialRecord> finished(
            Map<TrialRecord.Place, TrialRecord> latest, String method, String task, long seed) {
        return Optional.ofNullable(latest.get(new TrialRecord.Place(task, method, seed)))
                .filter(TrialRecord::hasFinished);
    }

    private static List<String> notes(List<SuiteTask> tasks, List<Long> seeds, List<TrialRecord> finished) {
        List<String> notes = new ArrayList<>();
        if (seeds.size() < SEEDS_OF_A_RESULT) {
            notes.add(
                    "A result asks for " + SEEDS_OF_A_RESULT + " seeds or more; this suite has " + seeds.size() + ".");
        }
        for (SuiteTask task : tasks) {
            Set<String> differences = new TreeSet<>();
            finished.stream()
                    .filter(trial -> trial.task().equals(task.name()) && trial.data() != null)
                    .forEach(trial -> {
                        compare(differences, "classes", trial.data().classes(), task.classes());
                        compare(differences, "test images", trial.data().test(), task.test());
                    });
            if (!differences.isEmpty()) {
                notes.add(task.name() + ": " + String.join("; ", differences)
                        + ". Its accuracy does not compare with published ones.");
            }
        }
        fingerprints(finished, "backbone", TrialRecord::method).forEach((method, backbones) -> {
            if (backbones > 1) {
                notes.add(method + ": its trials are of " + backbones + " different backbones.");
            }
        });
        // a seed may draw splits
        fingerprints(finished, "data", trial -> trial.task() + ", seed " + trial.seed())
                .forEach((runs, data) -> {
                    if (data > 1) {
                        notes.add(runs + ": its trials saw " + data
                                + " different sets of images under the same names, so they do not compare.");
                    }
                });
        return notes;
    }

    /** How many different things of a kind were read, by what trials have in common. */
    private static Map<String, Integer> fingerprints(
            List<TrialRecord> finished, String kind, Function<TrialRecord, String> common) {
        Map<String, Set<String>> found = new LinkedHashMap<>();
        finished.stream()
                .filter(trial -> trial.provenance() != null
                        && trial.provenance().fingerprints().containsKey(kind))
                .forEach(trial -> found.computeIfAbsent(common.apply(trial), key -> new TreeSet<>())
                        .add(trial.provenance().fingerprints().get(kind)));
        Map<String, Integer> counts = new LinkedHashMap<>();
        found.forEach((key, different) -> counts.put(key, different.size()));
        return counts;
    }

    private static void compare(Set<String> differences, String what, long found, long expected) {
        if (expected != 0 && found != expected) {
            differences.add(found + " " + what + ", the benchmark has " + expected);
        }
    }
}
