package dev.inlay.report;

import dev.inlay.record.ClassQuality;
import dev.inlay.record.ClassificationReport;
import java.util.Comparator;
import java.util.List;

/** Precision, recall and F1 of every class, the worst first; what follows the first ones is folded. */
final class ClassTable {
    private static final int SHOWN = 10;
    private static final int MAX_NAME = 44;

    private ClassTable() {}

    /** Appends the averages and the table. */
    static void write(Html page, ClassificationReport report) {
        List<ClassQuality> sorted = report.perClass().stream()
                .sorted(Comparator.comparingDouble(ClassQuality::f1))
                .toList();
        page.element("h3", "Precision, recall and F1", "class", "below");
        page.element(
                "p",
                "Precision: the share of what was predicted as the class that is of it. Recall: the share of the class that"
                        + " was predicted as it. F1: their harmonic mean. A share of nothing counts as 0.",
                "class",
                "note");
        rows(page, "average", List.of(report.macro(), report.weighted()));
        page.element("h3", "Per class, lowest F1 first", "class", "below");
        int shown = sorted.size() <= SHOWN + 2 ? sorted.size() : SHOWN;
        rows(page, "class", sorted.subList(0, shown));
        if (shown < sorted.size()) {
            page.open("details").element("summary", Figures.count(sorted.size() - shown) + " more classes");
            rows(page, "class", sorted.subList(shown, sorted.size()));
            page.close();
        }
    }

    private static void rows(Html page, String of, List<ClassQuality> classes) {
        Table table = Table.open(page, of, "#F1", "#precision", "#recall", "#examples");
        for (ClassQuality quality : classes) {
            table.row(
                    Figures.shorten(quality.name(), MAX_NAME),
                    Figures.percent(quality.f1()),
                    Figures.percent(quality.precision()),
                    Figures.percent(quality.recall()),
                    Figures.count(quality.support()));
        }
        table.close();
    }
}
