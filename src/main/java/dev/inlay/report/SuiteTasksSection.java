package dev.inlay.report;

import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteRow;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A row for each task, group by group, and both means last; a column for each line that has tasks. */
final class SuiteTasksSection {
    private SuiteTasksSection() {}

    static void write(Html page, SuiteRecord suite) {
        Set<String> run = suite.methods().stream()
                .filter(method -> method.finished() > 0)
                .map(SuiteRow::method)
                .collect(Collectors.toSet());
        List<SuiteLine> columns = SuiteLine.of(suite).stream()
                .filter(line -> line.isPublished() ? !line.numbers().tasks().isEmpty() : run.contains(line.method()))
                .toList();
        if (columns.isEmpty()) {
            return;
        }
        ReportSection.open(page, "tasks", "Task by task").open("div", "class", "ranking");
        Table table = Table.open(
                page,
                row(
                        "task",
                        columns,
                        line -> "#" + line.method()
                                + (line.isPublished() ? " " + SuitePage.mark(suite, line) : ", " + line.protocol())));
        for (String group : suite.groups()) {
            suite.tasks().stream()
                    .filter(task -> task.group().equals(group))
                    .forEach(task -> row(table, SuiteFigure.task(task.name()), columns));
            row(table, SuiteFigure.group(group), columns);
        }
        SuiteFigure.ofAll(suite).forEach(mean -> row(table, mean, columns));
        table.close();
        page.close();
        page.element("p", "In bold: the mean of the tasks above, of all tasks, and of the groups.", "class", "note")
                .close();
    }

    private static void row(Table table, SuiteFigure figure, List<SuiteLine> columns) {
        table.row(figure.isMean(), row(figure.title(), columns, figure::cell));
    }

    private static String[] row(String title, List<SuiteLine> columns, Function<SuiteLine, String> cell) {
        return Stream.concat(Stream.of(title), columns.stream().map(cell)).toArray(String[]::new);
    }
}
