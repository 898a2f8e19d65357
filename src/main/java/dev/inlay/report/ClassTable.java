package dev.inlay.report;

import dev.inlay.record.ClassQuality;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Precision, recall and F1 of every class, the worst first; what follows the first ones is folded. */
final class ClassTable {
    private static final int SHOWN = 10;
    private static final int MAX_NAME = 44;

    private ClassTable() {}

    /**
     * Appends the table.
     *
     * @param classes by label; those that neither occur nor are predicted are left out
     */
    static void write(Html page, List<ClassQuality> classes) {
        List<ClassQuality> sorted = classes.stream()
                .filter(quality -> quality.f1() != null)
                .sorted(Comparator.comparing(ClassQuality::f1))
                .toList();
        page.element("h3", "Per class, lowest F1 first", "class", "below");
        page.element(
                "p",
                "Precision: the share of what was predicted as the class that is of it. Recall: the share of the class that"
                        + " was predicted as it. F1: their harmonic mean.",
                "class",
                "note");
        int shown = sorted.size() <= SHOWN + 2 ? sorted.size() : SHOWN;
        rows(page, sorted.subList(0, shown));
        if (shown < sorted.size()) {
            page.open("details").element("summary", Figures.count(sorted.size() - shown) + " more classes");
            rows(page, sorted.subList(shown, sorted.size()));
            page.close();
        }
    }

    private static void rows(Html page, List<ClassQuality> classes) {
        Table table = Table.open(page, "class", "#F1", "#precision", "#recall", "#examples");
        for (ClassQuality quality : classes) {
            table.row(
                    Figures.shorten(quality.name(), MAX_NAME),
                    Figures.percent(quality.f1()),
                    orDash(quality, ClassQuality::precision),
                    orDash(quality, ClassQuality::recall),
                    Figures.count(quality.examples()));
        }
        table.close();
    }

    private static String orDash(ClassQuality quality, Function<ClassQuality, Double> share) {
        return ComparisonText.orDash(share.apply(quality), Figures::percent);
    }
}
