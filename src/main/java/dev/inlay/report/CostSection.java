package dev.inlay.report;

import dev.inlay.record.Phase;
import dev.inlay.record.RunRecord;
import java.util.Collections;
import java.util.Map;

/** What the run cost: time by phase, and memory. */
final class CostSection implements ReportSection {
    @Override
    public void write(Html page, RunRecord run) {
        if (run.seconds().isEmpty()) {
            return;
        }
        double total =
                run.seconds().values().stream().mapToDouble(Double::doubleValue).sum();
        double longest = Collections.max(run.seconds().values());
        ReportSection.open(page, "cost", "Time and memory");
        String memory = run.peakResidentBytes() == null
                ? ""
                : " At its peak the process held " + Figures.bytes(run.peakResidentBytes()) + " of memory.";
        page.element("p", Figures.duration(total) + " in all." + memory, "class", "note");
        Bars bars = Bars.open(page);
        for (Map.Entry<Phase, Double> phase : run.seconds().entrySet()) {
            double seconds = phase.getValue();
            bars.bar(
                    "muted", phase.getKey().toString(), longest > 0 ? seconds / longest : 0, Figures.duration(seconds));
        }
        bars.close();
        page.close();
    }
}
