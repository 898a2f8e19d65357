package dev.inlay.report;

import dev.inlay.record.PublishedRow;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteRow;
import java.util.ArrayList;
import java.util.List;

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
        Section.open(page, "tasks", "Task by task").open("div", "class", "ranking");
        Table table = Table.open(page, headings.toArray(String[]::new));
        new SuiteTasksSection(table, methods, printed).rows(suite);
        table.close();
        page.close();
        page.element("p", "In colour: the mean of the tasks above, of all tasks, and of the groups.", "class", "note")
                .close();
    }

    private void rows(SuiteRecord suite) {
        suite.groups().forEach(group -> SuiteFigure.group(suite, group).forEach(this::row));
        SuiteFigure.means(suite).forEach(this::row);
    }

    private void row(SuiteFigure figure) {
        List<String> cells = new ArrayList<>(List.of(figure.title()));
        methods.forEach(method -> {
            cells.add(figure.cell(method.lastEpoch()));
            cells.add(figure.cell(method.bestOnTest()));
        });
        printed.forEach(row -> cells.add(figure.cell(row)));
        table.row(figure.isMean(), cells.toArray(String[]::new));
    }
}
