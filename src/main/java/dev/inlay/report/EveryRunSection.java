package dev.inlay.report;

import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.PointRecord;
import java.util.List;

/** Each run as numbers, what failed, and the config. */
final class EveryRunSection {
    private EveryRunSection() {}

    static void write(Html page, ComparisonRecord comparison) {
        List<PointRecord> failures = comparison.failures().toList();
        if (!failures.isEmpty()) {
            Section.open(page, "What failed");
            Table table = Table.open(page, "task", "method", "#seed", "why");
            failures.forEach(
                    point -> table.row(point.task(), point.method(), Long.toString(point.seed()), point.error()));
            table.close();
            page.close();
        }
        Section.open(page, "How to get this again").open("details").element("summary", "Every run as numbers");
        Table table = Table.open(
                page, "task", "method", "#seed", "#accuracy", "#parameters", "#per task", "#memory", "#time");
        for (PointRecord point : comparison.points()) {
            table.row(
                    point.task(),
                    point.method(),
                    Long.toString(point.seed()),
                    ComparisonText.orDash(point.top1(), Figures::percent),
                    ComparisonText.orDash(point.parameters(), Figures::count),
                    ComparisonText.orDash(point.taskBytes(), Figures::bytes),
                    ComparisonText.orDash(point.peakResidentBytes(), Figures::bytes),
                    ComparisonText.orDash(point.seconds(), Figures::duration));
        }
        table.close();
        page.close();
        page.open("details")
                .element("summary", "Config")
                .element("pre", comparison.config())
                .close();
        page.close();
    }
}
