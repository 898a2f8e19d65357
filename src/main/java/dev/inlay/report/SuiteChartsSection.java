package dev.inlay.report;

import dev.inlay.record.Measured;
import dev.inlay.record.SuiteRecord;
import java.util.Comparator;
import java.util.List;

/** The methods of a suite beside what is published, as bars: its means, and each task. */
final class SuiteChartsSection {
    private SuiteChartsSection() {}

    static void write(Html page, SuiteRecord suite) {
        List<SeedBars> means = charts(suite, SuiteFigure.means(suite));
        List<SeedBars> tasks = charts(
                suite,
                suite.tasks().stream()
                        .map(task -> SuiteFigure.task(task.name()))
                        .toList());
        if (tasks.isEmpty() && means.isEmpty()) {
            return;
        }
        ReportSection.open(page, "charts", Figures.capitalised(suite.scoreName()) + " by group");
        charts(page, means);
        page.element(
                "p",
                Figures.capitalised(suite.scoreName())
                        + " of the last epoch on the test splits, with lines of ± one sample standard deviation over the seeds;"
                        + " grey: published. Bars begin at 0.",
                "class",
                "note");
        if (!tasks.isEmpty()) {
            page.open("details").element("summary", "Every task as a chart");
            charts(page, tasks);
            page.close();
        }
        page.close();
    }

    private static void charts(Html page, List<SeedBars> charts) {
        page.open("div", "class", "charts");
        charts.forEach(chart -> chart.write(page));
        page.close();
    }

    private static List<SeedBars> charts(SuiteRecord suite, List<SuiteFigure> figures) {
        return figures.stream()
                .map(figure -> new SeedBars(figure.title(), bars(suite, figure)))
                .filter(chart -> !chart.bars().isEmpty())
                .toList();
    }

    private static List<SeedBars.Bar> bars(SuiteRecord suite, SuiteFigure figure) {
        return SuiteLine.of(suite).stream()
                .filter(line -> !line.protocol().equals(SuiteLine.BEST_ON_TEST))
                .filter(line -> figure.value().apply(line.numbers()) != null)
                .map(line -> bar(suite, line, figure.value().apply(line.numbers())))
                .sorted(Comparator.comparingDouble(
                                (SeedBars.Bar bar) -> bar.value().mean())
                        .reversed())
                .toList();
    }

    private static SeedBars.Bar bar(SuiteRecord suite, SuiteLine line, Measured value) {
        return line.isPublished()
                ? new SeedBars.Bar("published", line.method() + " " + SuitePage.mark(suite, line), value, List.of())
                : new SeedBars.Bar("mean", line.method(), value, List.of());
    }
}
