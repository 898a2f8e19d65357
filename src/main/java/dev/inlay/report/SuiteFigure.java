package dev.inlay.report;

import dev.inlay.record.Measured;
import dev.inlay.record.ProtocolRecord;
import dev.inlay.record.SuiteRecord;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A number that the lines of a suite's tables have: the accuracy on a task, or a mean.
 *
 * @param of what it is of, for programs: {@code task}, {@code group} or {@code mean}
 * @param name of the task or group, for programs; {@code tasks} or {@code groups} for the means
 * @param title what people read
 * @param value the number; null where there is none
 */
record SuiteFigure(String of, String name, String title, Function<ProtocolRecord, Measured> value) {
    static SuiteFigure task(String name) {
        return new SuiteFigure("task", name, name, line -> line.tasks().get(name));
    }

    /** The mean over a group. */
    static SuiteFigure group(String name) {
        return new SuiteFigure("group", name, name, line -> line.groups().get(name));
    }

    /** The mean of each group, the mean of all tasks, and that of the groups' means. */
    static List<SuiteFigure> means(SuiteRecord suite) {
        return Stream.concat(suite.groups().stream().map(SuiteFigure::group), ofAll(suite).stream())
                .toList();
    }

    /** The mean of all tasks, and that of the groups' means. */
    static List<SuiteFigure> ofAll(SuiteRecord suite) {
        String tasks = "mean of " + Figures.count(suite.tasks().size(), "task");
        String groups = "mean of " + Figures.count(suite.groups().size(), "group");
        return List.of(
                new SuiteFigure("mean", "tasks", tasks, ProtocolRecord::meanOfTasks),
                new SuiteFigure("mean", "groups", groups, ProtocolRecord::meanOfGroups));
    }

    boolean isMean() {
        return !of.equals("task");
    }

    /** In percent; a dash for nothing. */
    String cell(SuiteLine line) {
        return Figures.measured(value.apply(line.numbers()));
    }
}
