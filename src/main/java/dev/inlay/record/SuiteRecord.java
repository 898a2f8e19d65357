package dev.inlay.record;

import dev.inlay.error.DataException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
 * @param score what the accuracies are, where they are not: {@code mean IoU}, or {@code score} of tasks of several kinds; else null
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
        List<SuiteRunRecord> failures,
        String score,
        List<String> notes) {
    private static final String ACCURACY = "accuracy";

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
     * @param trials as {@link SuiteRunsFile} reads them
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
            List<SuiteRunRecord> trials) {
        List<SuiteRunRecord> own = trials.stream()
                .filter(trial -> trial.suite().equals(name)
                        && tasks.stream().anyMatch(task -> task.name().equals(trial.task()))
                        && methods.contains(trial.method())
                        && seeds.contains(trial.seed()))
                .toList();
        Map<RunKey, SuiteRunRecord> latest = latest(own);
        List<SuiteRunRecord> failures =
                latest.values().stream().filter(trial -> !trial.hasFinished()).toList();
        List<SuiteRow> rows = methods.stream()
                .map(method -> SuiteRow.of(
                        method,
                        tasks,
                        MethodRuns.of(
                                seeds,
                                latest.values().stream()
                                        .filter(trial -> trial.method().equals(method))
                                        .toList())))
                .toList();
        List<String> notes = new ArrayList<>();
        if (own.size() < trials.size()) {
            notes.add((trials.size() - own.size())
                    + " trials of other suites, tasks, methods or seeds are not counted here");
        }
        notes.addAll(SuiteNotes.of(
                tasks,
                seeds,
                latest.values().stream().filter(SuiteRunRecord::hasFinished).toList()));
        return new SuiteRecord(
                name, about, tasks, seeds, rows, published, sets, failures, score(latest.values()), notes);
    }

    private static String score(Collection<SuiteRunRecord> trials) {
        List<String> names = trials.stream()
                .filter(SuiteRunRecord::hasFinished)
                .map(trial -> Objects.requireNonNullElse(trial.score(), ACCURACY))
                .distinct()
                .toList();
        return names.isEmpty() || names.equals(List.of(ACCURACY)) ? null : names.size() == 1 ? names.get(0) : "score";
    }

    /** Returns what the scores of the runs are called, such as {@code accuracy}; {@code score} where tasks have different ones. */
    public String scoreName() {
        return score == null ? ACCURACY : score;
    }

    private static Map<RunKey, SuiteRunRecord> latest(List<SuiteRunRecord> trials) {
        Map<RunKey, SuiteRunRecord> latest = new LinkedHashMap<>();
        for (SuiteRunRecord trial : trials) {
            SuiteRunRecord before = latest.get(trial.key());
            if (before != null
                    && before.hasFinished()
                    && trial.hasFinished()
                    && !before.configHash().equals(trial.configHash())) {
                throw new DataException(trial.key() + ": trials of two configs ("
                        + before.configHash().substring(0, 12) + " and "
                        + trial.configHash().substring(0, 12)
                        + "); keep those of one, since a table of both would be of neither");
            }
            if (before == null || trial.hasFinished() || !before.hasFinished()) {
                latest.put(trial.key(), trial);
            }
        }
        return latest;
    }

    /** Returns what was run, in a line. */
    @Override
    public String toString() {
        return name + ": " + methods.size() + " methods on " + tasks.size() + " tasks, " + failures.size()
                + " runs failed";
    }
}
