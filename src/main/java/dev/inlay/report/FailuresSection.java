package dev.inlay.report;

import dev.inlay.record.ExperimentRun;
import java.util.List;

/** The runs of an experiment that failed, and why. */
final class FailuresSection {
    private FailuresSection() {}

    static void write(Html page, List<? extends ExperimentRun> failures) {
        if (failures.isEmpty()) {
            return;
        }
        ReportSection.open(page, "failures", "Failed runs");
        Table table = Table.open(page, "task", "method", "#seed", "why");
        failures.forEach(run -> table.row(run.task(), run.method(), Long.toString(run.seed()), run.error()));
        table.close();
        page.close();
    }

    /** The same as lines of text. */
    static String text(List<? extends ExperimentRun> failures) {
        StringBuilder text = new StringBuilder();
        failures.forEach(run -> text.append("failed: " + run.key() + ": " + run.error() + "\n"));
        return text.toString();
    }
}
