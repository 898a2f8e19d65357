package dev.inlay.report;

import dev.inlay.record.Measured;
import dev.inlay.record.ProtocolRecord;
import dev.inlay.record.PublishedRow;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteRow;
import dev.inlay.record.SuiteTask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A row for each task, group by group, and both means last; two columns for each method with a run, and one for each published
 * row that has tasks.
 */
record SuiteTasksSection(Table table, List<SuiteRow> methods, List<PublishedRow> printed) {
    static void write(Html page, SuiteRecord suite) {
        List<SuiteRow> methods =
                suite.methods().stream().filter(method -> method.finished() > 0).toList();
        List<PublishedRow> printed =
                suite.published().stream().filter(row -> !row.tasks().isEmpty()).toList();
        if (methods.isEmpty() && printed.isEmpty()) {
            return;
        }
        List<String> headings = new ArrayList<>(List.of("task"));
        methods.forEach(method -> {
            headings.add("#" + method.method() + ", " + SuiteText.LAST_EPOCH);
            headings.add("#" + method.method() + ", " + SuiteText.BEST_ON_TEST);
        });
        printed.forEach(row -> headings.add("#" + row.method() + " " + SuitePage.mark(suite, row)));
        Section.open(page, "Task by task").open("div", "class", "ranking");
        Table table = Table.open(page, headings.toArray(String[]::new));
        new SuiteTasksSection(table, methods, printed).rows(suite);
        table.close();
        page.close();
        page.element("p", "In colour: the mean of the tasks above, of all tasks, and of the groups.", "class", "note")
                .close();
    }

    private void rows(SuiteRecord suite) {
        for (String group : suite.groups()) {
            for (SuiteTask task : suite.tasks()) {
                if (task.group().equals(group)) {
                    row(false, task.name(), ours -> ours.tasks().get(task.name()), theirs -> theirs.tasks()
                            .get(task.name()));
                }
            }
            row(true, group, ours -> ours.groups().get(group), theirs -> theirs.groups()
                    .get(group));
        }
        row(true, SuiteText.meanOfTasks(suite), ProtocolRecord::meanOfTasks, PublishedRow::meanOfTasks);
        row(true, SuiteText.meanOfGroups(suite), ProtocolRecord::meanOfGroups, PublishedRow::meanOfGroups);
    }

    private void row(
            boolean mean, String name, Function<ProtocolRecord, Measured> ours, Function<PublishedRow, Double> theirs) {
        List<String> cells = new ArrayList<>(List.of(name));
        methods.forEach(method -> {
            cells.add(Figures.measured(ours.apply(method.lastEpoch())));
            cells.add(Figures.measured(ours.apply(method.bestOnTest())));
        });
        printed.forEach(row -> cells.add(SuiteText.percent(theirs.apply(row))));
        table.row(mean, cells.toArray(String[]::new));
    }
}
