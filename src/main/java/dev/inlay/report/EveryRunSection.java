package dev.inlay.report;

import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.ComparisonRunRecord;
import java.net.URI;
import java.net.URISyntaxException;

/** Each run as numbers, what failed, and the config. */
final class EveryRunSection {
    private EveryRunSection() {}

    static void write(Html page, ComparisonRecord comparison) {
        FailuresSection.write(page, comparison.failures().toList());
        ReportSection.open(page, "origin", "Every run")
                .open("details")
                .element("summary", "Numbers, and links to the reports");
        Table table = Table.open(
                page,
                "task",
                "method",
                "#seed",
                "#" + comparison.scoreName(),
                "#95 % interval",
                "#parameters",
                "#per task",
                "#memory",
                "#time");
        for (ComparisonRunRecord point : comparison.points()) {
            table.linkedRow(
                    report(point),
                    "Report of " + point.key(),
                    point.task(),
                    point.method(),
                    Long.toString(point.seed()),
                    ComparisonText.orDash(point.top1(), Figures::percent),
                    ComparisonText.orDash(point.top1Interval(), Figures::interval),
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

    /** The address of a run's report from this page, or null. */
    private static String report(ComparisonRunRecord run) {
        if (run.folder() == null) {
            return null;
        }
        try {
            return new URI(null, null, run.folder() + "/report.html", null).toASCIIString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("no folder: " + run.folder(), e);
        }
    }
}
