package dev.inlay.report;

import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.MethodRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The table: a row for each method, the best first. */
final class RankingSection {
    private RankingSection() {}

    static void write(Html page, ComparisonRecord comparison) {
        boolean manyTasks = comparison.tasks().size() > 1;
        boolean memory = comparison.methods().stream()
                .map(method -> method.all().peakResidentBytes())
                .anyMatch(Objects::nonNull);
        List<String> headings = new ArrayList<>(List.of("method", "#" + comparison.scoreName() + ", % ± sample sd"));
        if (manyTasks) {
            comparison.tasks().forEach(task -> headings.add("#" + task));
        }
        headings.addAll(List.of("#parameters", "#file per task"));
        if (memory) {
            headings.add("#peak memory");
        }
        headings.add("#time per run");
        ReportSection.open(page, "ranking", "Results").open("div", "class", "ranking");
        Table table = Table.open(page, headings.toArray(String[]::new));
        for (MethodRecord method : comparison.methods()) {
            List<String> cells = new ArrayList<>(
                    List.of(method.name(), Figures.measured(method.all().accuracy())));
            if (manyTasks) {
                method.tasks().values().forEach(result -> cells.add(Figures.measured(result.accuracy())));
            }
            cells.add(ComparisonText.parameters(method.all()));
            cells.add(ComparisonText.orDash(method.all().taskBytes(), Figures::bytes));
            if (memory) {
                cells.add(ComparisonText.orDash(method.all().peakResidentBytes(), Figures::bytes));
            }
            cells.add(ComparisonText.orDash(method.all().seconds(), Figures::duration));
            table.row(cells.toArray(String[]::new));
        }
        table.close();
        page.close();
        page.element("p", note(comparison, manyTasks, memory), "class", "note").close();
    }

    private static String note(ComparisonRecord comparison, boolean manyTasks, boolean memory) {
        String spread = comparison.seeds().size() == 1
                ? "One seed, so nothing is known about the spread."
                : "Mean ± sample standard deviation over " + comparison.seeds().size() + " seeds"
                        + (manyTasks ? "; over all tasks it is that of each seed’s mean over the tasks." : ".");
        return Figures.capitalised(comparison.scoreName()) + " on the test split at the end of training. " + spread
                + " Parameters are those trained, without the head; where runs differ, the fewest and the most."
                + " Per task: the size of its file. Time: without loading the backbone and images; what runs share counts"
                + " in each. "
                + (memory
                        ? "Peak memory: the most the process held during a run, with what runs share."
                        : "This system does not tell the peak memory of a single run.");
    }
}
