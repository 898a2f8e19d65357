package dev.inlay.report;

import dev.inlay.record.ClassCount;
import dev.inlay.record.ClassQuality;
import dev.inlay.record.ClassificationReport;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Precision, recall and F1 of every class, the worst first; what follows the first ones is folded. */
final class ClassTable {
    private static final int SHOWN = 10;
    private static final int MAX_NAME = 44;

    private ClassTable() {}

    /**
     * Appends the averages and the table.
     *
     * @param counts how many examples of each class the splits have, by its name; empty if that is not known
     */
    static void write(Html page, ClassificationReport report, Map<String, ClassCount> counts) {
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
        averages(page, List.of(report.macro(), report.weighted()));
        page.element("h3", "Per class, lowest F1 first", "class", "below");
        int shown = sorted.size() <= SHOWN + 2 ? sorted.size() : SHOWN;
        rows(page, sorted.subList(0, shown), counts);
        if (shown < sorted.size()) {
            page.open("details").element("summary", Figures.count(sorted.size() - shown) + " more classes");
            rows(page, sorted.subList(shown, sorted.size()), counts);
            page.close();
        }
    }

    private static void averages(Html page, List<ClassQuality> averages) {
        Table table = Table.open(page, "average", "#F1", "#precision", "#recall", "#examples");
        for (ClassQuality average : averages) {
            table.row(
                    average.name(),
                    Figures.percent(average.f1()),
                    Figures.percent(average.precision()),
                    Figures.percent(average.recall()),
                    Figures.count(average.support()));
        }
        table.close();
    }

    private static void rows(Html page, List<ClassQuality> classes, Map<String, ClassCount> counts) {
        Table table =
                Table.open(page, "class", "#F1", "#precision", "#recall", "#examples", "#trained on", "#validation");
        for (ClassQuality quality : classes) {
            table.row(
                    Figures.shorten(quality.name(), MAX_NAME),
                    Figures.percent(quality.f1()),
                    Figures.percent(quality.precision()),
                    Figures.percent(quality.recall()),
                    Figures.count(quality.support()),
                    ComparisonText.orDash(counts.get(quality.name()), count -> Figures.count(count.train())),
                    ComparisonText.orDash(counts.get(quality.name()), count -> Figures.count(count.validation())));
        }
        table.close();
    }
}
