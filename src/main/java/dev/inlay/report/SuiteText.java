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
import java.util.function.Function;
import java.util.stream.Stream;

/** A suite as text: what is there, a table for people, and CSV for programs. */
public final class SuiteText {
    /** What the protocol of the result is called. */
    static final String LAST_EPOCH = "last epoch";

    /** What the protocol of the extra is called. */
    static final String BEST_ON_TEST = "best on test";

    private static final String PUBLISHED = "published";

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
        List<SuiteFigure> columns = columns(suite);
        List<List<String>> rows = new ArrayList<>();
        rows.add(row("method", "protocol", columns, SuiteFigure::title));
        for (SuiteRow method : suite.methods()) {
            rows.add(row(method.method(), LAST_EPOCH, columns, column -> column.cell(method.lastEpoch())));
            rows.add(row(method.method(), BEST_ON_TEST, columns, column -> column.cell(method.bestOnTest())));
        }
        for (PublishedRow published : suite.published()) {
            rows.add(row(published.method(), PUBLISHED, columns, column -> column.cell(published)));
        }
        StringBuilder text = new StringBuilder("accuracy on the test splits, %, ± sample standard deviation over "
                + Figures.count(suite.seeds().size(), "seed") + "; best on test is no result\n");
        text.append(TextTable.lines(rows, 2));
        suite.notes().forEach(note -> text.append("note: ").append(note).append('\n'));
        return text.append(FailuresSection.text(suite.failures())).toString();
    }

    /** The means of the groups, then both means of all. */
    static List<SuiteFigure> columns(SuiteRecord suite) {
        return Stream.concat(SuiteFigure.groups(suite).stream(), SuiteFigure.means(suite).stream())
                .toList();
    }

    static List<String> row(
            String method, String protocol, List<SuiteFigure> columns, Function<SuiteFigure, String> cell) {
        return Stream.concat(Stream.of(method, protocol), columns.stream().map(cell))
                .toList();
    }

    /**
     * A row for each number: methods in their order, each under both protocols, then what is published. Accuracies are
     * fractions; what is not there has no row.
     */
    public static String csv(SuiteRecord suite) {
        List<SuiteFigure> figures = Stream.concat(SuiteFigure.tasks(suite).stream(), columns(suite).stream())
                .toList();
        StringBuilder csv = new StringBuilder("method,protocol,of,name,accuracy,spread,seeds,source\n");
        for (SuiteRow method : suite.methods()) {
            figures.forEach(figure -> measured(csv, method, LAST_EPOCH, figure, method.lastEpoch()));
            figures.forEach(figure -> measured(csv, method, BEST_ON_TEST, figure, method.bestOnTest()));
        }
        suite.published().forEach(row -> figures.forEach(figure -> published(csv, row, figure)));
        return csv.toString();
    }

    private static void measured(
            StringBuilder csv, SuiteRow method, String protocol, SuiteFigure figure, ProtocolRecord numbers) {
        Measured value = figure.ours().apply(numbers);
        if (value != null) {
            csv.append(TextTable.csv(
                    method.method(),
                    protocol,
                    figure.of(),
                    figure.name(),
                    value.mean(),
                    value.spread(),
                    value.seeds(),
                    ""));
        }
    }

    private static void published(StringBuilder csv, PublishedRow row, SuiteFigure figure) {
        Double value = figure.published().apply(row);
        if (value != null) {
            csv.append(TextTable.csv(
                    row.method(), PUBLISHED, figure.of(), figure.name(), value, null, null, row.source()));
        }
    }
}
