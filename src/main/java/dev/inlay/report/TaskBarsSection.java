package dev.inlay.report;

import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.MethodRecord;
import dev.inlay.record.ResultRecord;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** The methods on each task, and on all. */
final class TaskBarsSection {
    private TaskBarsSection() {}

    static void write(Html page, ComparisonRecord comparison) {
        ReportSection.open(page, "tasks", "Task by task").open("div", "class", "charts");
        if (comparison.tasks().size() > 1) {
            chart(page, comparison, "mean over the tasks", MethodRecord::all);
        }
        for (String task : comparison.tasks()) {
            chart(page, comparison, task, method -> method.tasks().get(task));
        }
        page.close();
        page.element(
                        "p",
                        "Bars are means, lines ± one sample standard deviation, dots the seeds; bars begin at 0.",
                        "class",
                        "note")
                .close();
    }

    private static void chart(
            Html page, ComparisonRecord comparison, String title, Function<MethodRecord, ResultRecord> result) {
        List<SeedBars.Bar> bars = comparison.methods().stream()
                .filter(method -> result.apply(method).accuracy() != null)
                .map(method -> new SeedBars.Bar(
                        "mean",
                        method.name(),
                        result.apply(method).accuracy(),
                        result.apply(method).perSeed()))
                .sorted(Comparator.comparingDouble(
                                (SeedBars.Bar bar) -> bar.value().mean())
                        .reversed())
                .toList();
        new SeedBars(title, bars).write(page);
    }
}
