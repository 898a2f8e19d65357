package dev.inlay.report;

import dev.inlay.record.Measured;
import dev.inlay.record.SetRecord;
import dev.inlay.record.SetRecord.State;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteTask;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A suite as text: what is there, a table for people, and CSV for programs. */
public final class SuiteText {
    private SuiteText() {}

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
        List<SuiteFigure> means = SuiteFigure.means(suite);
        List<List<String>> rows = new ArrayList<>();
        rows.add(row("method", "protocol", means, SuiteFigure::title));
        SuiteLine.of(suite)
                .forEach(line -> rows.add(row(line.method(), line.protocol(), means, mean -> mean.cell(line))));
        return text(suite, TextTable.lines(rows, 2));
    }

    /**
     * A row for each method under each protocol on some of the tasks, and for what others have published on them; what was not run
     * has no row.
     *
     * @param tasks which of them
     */
    public static String rows(SuiteRecord suite, Predicate<String> tasks) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("task", "method", "protocol", suite.scoreName()));
        suite.tasks().stream().map(SuiteTask::name).filter(tasks).forEach(task -> {
            SuiteFigure figure = SuiteFigure.task(task);
            SuiteLine.of(suite).stream()
                    .filter(line -> figure.value().apply(line.numbers()) != null)
                    .forEach(line -> rows.add(List.of(task, line.method(), line.protocol(), figure.cell(line))));
        });
        return text(suite, TextTable.lines(rows, 3));
    }

    private static String text(SuiteRecord suite, String lines) {
        StringBuilder text =
                new StringBuilder(suite.scoreName() + " on the test splits, %, ± sample standard deviation over "
                        + Figures.count(suite.seeds().size(), "seed") + "; best on test is no result\n");
        text.append(lines);
        suite.notes().forEach(note -> text.append("note: ").append(note).append('\n'));
        return text.append(FailuresSection.text(suite.failures())).toString();
    }

    static List<String> row(
            String method, String protocol, List<SuiteFigure> figures, Function<SuiteFigure, String> cell) {
        return Stream.concat(Stream.of(method, protocol), figures.stream().map(cell))
                .toList();
    }

    /**
     * A row for each number: methods in their order, each under both protocols, then what is published. Accuracies are
     * fractions; what is not there has no row.
     */
    public static String csv(SuiteRecord suite) {
        List<SuiteFigure> figures = Stream.concat(
                        suite.tasks().stream().map(task -> SuiteFigure.task(task.name())),
                        SuiteFigure.means(suite).stream())
                .toList();
        StringBuilder csv = new StringBuilder("method,protocol,of,name,accuracy,spread,seeds,source\n");
        for (SuiteLine line : SuiteLine.of(suite)) {
            for (SuiteFigure figure : figures) {
                Measured value = figure.value().apply(line.numbers());
                if (value != null) {
                    csv.append(TextTable.csv(
                            line.method(),
                            line.protocol(),
                            figure.of(),
                            figure.name(),
                            value.mean(),
                            value.spread(),
                            line.isPublished() ? null : value.seeds(),
                            line.source()));
                }
            }
        }
        return csv.toString();
    }
}
