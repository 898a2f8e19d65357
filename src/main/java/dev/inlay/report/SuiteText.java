package dev.inlay.report;

import dev.inlay.record.Measured;
import dev.inlay.record.ProtocolRecord;
import dev.inlay.record.PublishedRow;
import dev.inlay.record.SetRecord;
import dev.inlay.record.SetRecord.State;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** A suite as text: what is there, a table for people, and CSV for programs. */
public final class SuiteText {
    /** What the protocol of the result is called. */
    static final String LAST_EPOCH = "last epoch";

    /** What the protocol of the extra is called. */
    static final String BEST_ON_TEST = "best on test";

    private static final String PUBLISHED = "published";

    private SuiteText() {}

    /** What the mean over all tasks is called. */
    static String meanOfTasks(SuiteRecord suite) {
        return "mean of " + Figures.count(suite.tasks().size(), "task");
    }

    /** What the mean over the groups' means is called. */
    static String meanOfGroups(SuiteRecord suite) {
        return "mean of " + Figures.count(suite.groups().size(), "group");
    }

    /** Which sets of images are there, and for each that is not what to do. */
    public static String sets(String name, List<SetRecord> sets) {
        long ready = sets.stream().filter(set -> set.state() == State.READY).count();
        StringBuilder text = new StringBuilder(name + ": the images of " + ready + " of " + sets.size()
                + (sets.size() == 1 ? " task are" : " tasks are") + " there\n");
        int width = sets.stream().mapToInt(set -> set.task().length()).max().orElse(0);
        for (SetRecord set : sets) {
            text.append(String.format(
                            Locale.ROOT,
                            "  %-7s  %-" + Math.max(1, width) + "s  %s",
                            set.state(),
                            set.task(),
                            Objects.requireNonNullElse(set.where(), "drawn"))
                    .stripTrailing());
            text.append('\n');
            if (set.problem() != null) {
                indented(text, set.problem());
            }
            if (set.state() != State.READY) {
                indented(text, "expected: " + set.layout());
            }
            set.notes().forEach(note -> indented(text, "note: " + note));
        }
        Map<String, List<String>> missing = new LinkedHashMap<>();
        sets.stream()
                .filter(set -> set.state() == State.MISSING && !set.obtain().isEmpty())
                .forEach(set -> set.obtain().lines().forEach(line -> missing.computeIfAbsent(
                                line, l -> new ArrayList<>())
                        .add(set.task())));
        long lacking = sets.stream().filter(set -> set.state() == State.MISSING).count();
        if (!missing.isEmpty()) {
            text.append("how to get what is missing:\n");
            missing.forEach((line, tasks) -> text.append("  ")
                    .append(tasks.size() == lacking && lacking > 1 ? "" : String.join(", ", tasks) + ": ")
                    .append(line)
                    .append('\n'));
        }
        return text.toString();
    }

    private static void indented(StringBuilder text, String words) {
        words.lines().forEach(line -> text.append("           ").append(line).append('\n'));
    }

    /** The means of the methods under both protocols, what others have published, and what to know about them. */
    public static String table(SuiteRecord suite) {
        List<List<String>> rows = new ArrayList<>();
        List<String> headings = new ArrayList<>(List.of("method", "protocol"));
        headings.addAll(suite.groups());
        headings.add(meanOfTasks(suite));
        headings.add(meanOfGroups(suite));
        rows.add(headings);
        for (SuiteRow method : suite.methods()) {
            rows.add(row(suite, method.method(), LAST_EPOCH, method.lastEpoch()));
            rows.add(row(suite, method.method(), BEST_ON_TEST, method.bestOnTest()));
        }
        for (PublishedRow published : suite.published()) {
            List<String> cells = new ArrayList<>(List.of(published.method(), PUBLISHED));
            suite.groups().forEach(group -> cells.add(percent(published.groups().get(group))));
            cells.add(percent(published.meanOfTasks()));
            cells.add(percent(published.meanOfGroups()));
            rows.add(cells);
        }
        StringBuilder text = new StringBuilder("accuracy on the test splits, %, ± sample standard deviation over "
                + Figures.count(suite.seeds().size(), "seed") + "; best on test is no result\n");
        text.append(TextTable.lines(rows, 2));
        suite.notes().forEach(note -> text.append("note: ").append(note).append('\n'));
        suite.failures()
                .forEach(trial -> text.append("failed: " + trial.task() + ", " + trial.method() + ", seed "
                        + trial.seed() + ": " + trial.error() + "\n"));
        return text.toString();
    }

    private static List<String> row(SuiteRecord suite, String method, String protocol, ProtocolRecord numbers) {
        List<String> cells = new ArrayList<>(List.of(method, protocol));
        suite.groups()
                .forEach(group -> cells.add(Figures.measured(numbers.groups().get(group))));
        cells.add(Figures.measured(numbers.meanOfTasks()));
        cells.add(Figures.measured(numbers.meanOfGroups()));
        return cells;
    }

    /** A published fraction as percent, as precisely as it was printed; a dash for nothing. */
    static String percent(Double fraction) {
        return fraction == null ? "–" : String.format(Locale.ROOT, "%.1f", 100 * fraction);
    }

    /**
     * A row for each number: methods in their order, each under both protocols, then what is published. Accuracies are
     * fractions; what is not there has no row (RFC 4180, but for its line ends, which are those of the system's other files).
     */
    public static String csv(SuiteRecord suite) {
        StringBuilder csv = new StringBuilder("method,protocol,of,name,accuracy,spread,seeds,source\n");
        for (SuiteRow method : suite.methods()) {
            rows(csv, method.method(), LAST_EPOCH, method.lastEpoch());
            rows(csv, method.method(), BEST_ON_TEST, method.bestOnTest());
        }
        for (PublishedRow row : suite.published()) {
            row.tasks().forEach((task, value) -> published(csv, row, "task", task, value));
            row.groups().forEach((group, value) -> published(csv, row, "group", group, value));
            published(csv, row, "mean", "tasks", row.meanOfTasks());
            published(csv, row, "mean", "groups", row.meanOfGroups());
        }
        return csv.toString();
    }

    private static void rows(StringBuilder csv, String method, String protocol, ProtocolRecord numbers) {
        numbers.tasks().forEach((task, value) -> measured(csv, method, protocol, "task", task, value));
        numbers.groups().forEach((group, value) -> measured(csv, method, protocol, "group", group, value));
        measured(csv, method, protocol, "mean", "tasks", numbers.meanOfTasks());
        measured(csv, method, protocol, "mean", "groups", numbers.meanOfGroups());
    }

    private static void measured(
            StringBuilder csv, String method, String protocol, String of, String name, Measured value) {
        if (value != null) {
            line(csv, method, protocol, of, name, value.mean(), value.spread(), value.seeds(), "");
        }
    }

    private static void published(StringBuilder csv, PublishedRow row, String of, String name, Double value) {
        if (value != null) {
            line(csv, row.method(), PUBLISHED, of, name, value, null, null, row.source());
        }
    }

    private static void line(StringBuilder csv, Object... cells) {
        List<String> texts = new ArrayList<>();
        for (Object cell : cells) {
            texts.add(TextTable.quoted(Objects.toString(cell, "")));
        }
        csv.append(String.join(",", texts)).append('\n');
    }
}
