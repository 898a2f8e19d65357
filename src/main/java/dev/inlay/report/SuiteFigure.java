package dev.inlay.report;

import dev.inlay.record.Measured;
import dev.inlay.record.ProtocolRecord;
import dev.inlay.record.PublishedRow;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteTask;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A number that a method has under each protocol, and that a published row may have: the accuracy on a task, or a mean.
 *
 * @param of what it is of, for programs: {@code task}, {@code group} or {@code mean}
 * @param name of the task or group, for programs; {@code tasks} or {@code groups} for the means
 * @param title what people read
 * @param ours the number of a method; null if it has none
 * @param published the number of a published row; null if it has none
 */
record SuiteFigure(
        String of,
        String name,
        String title,
        Function<ProtocolRecord, Measured> ours,
        Function<PublishedRow, Double> published) {
    /** The accuracy on each task of the suite. */
    static List<SuiteFigure> tasks(SuiteRecord suite) {
        return suite.tasks().stream().map(SuiteFigure::task).toList();
    }

    /** The accuracy on each task of a group, then the mean of the group. */
    static List<SuiteFigure> group(SuiteRecord suite, String group) {
        return Stream.concat(
                        suite.tasks().stream()
                                .filter(task -> task.group().equals(group))
                                .map(SuiteFigure::task),
                        Stream.of(group(group)))
                .toList();
    }

    /** The mean of each group. */
    static List<SuiteFigure> groups(SuiteRecord suite) {
        return suite.groups().stream().map(SuiteFigure::group).toList();
    }

    /** The mean of all tasks, and that of the groups' means. */
    static List<SuiteFigure> means(SuiteRecord suite) {
        return List.of(
                new SuiteFigure(
                        "mean",
                        "tasks",
                        "mean of " + Figures.count(suite.tasks().size(), "task"),
                        ProtocolRecord::meanOfTasks,
                        PublishedRow::meanOfTasks),
                new SuiteFigure(
                        "mean",
                        "groups",
                        "mean of " + Figures.count(suite.groups().size(), "group"),
                        ProtocolRecord::meanOfGroups,
                        PublishedRow::meanOfGroups));
    }

    private static SuiteFigure task(SuiteTask task) {
        String name = task.name();
        return new SuiteFigure("task", name, name, ours -> ours.tasks().get(name), row -> row.tasks()
                .get(name));
    }

    private static SuiteFigure group(String name) {
        return new SuiteFigure("group", name, name, ours -> ours.groups().get(name), row -> row.groups()
                .get(name));
    }

    boolean isMean() {
        return !of.equals("task");
    }

    /** In percent; a dash for nothing. */
    String cell(ProtocolRecord method) {
        return Figures.measured(ours.apply(method));
    }

    /** In percent, as precisely as it was printed; a dash for nothing. */
    String cell(PublishedRow row) {
        Double fraction = published.apply(row);
        return fraction == null ? "–" : String.format(Locale.ROOT, "%.1f", 100 * fraction);
    }
}
