package dev.inlay.report;

import dev.inlay.record.Accuracy;
import dev.inlay.record.ClassQuality;
import dev.inlay.record.ConfusionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** An evaluation as text: its accuracies, and precision, recall and F1 of every class. */
public final class EvaluationText {
    /** So that a line fits into 80 columns. */
    private static final int MAX_NAME = 36;

    private EvaluationText() {}

    /**
     * Returns the text.
     *
     * @param title what was evaluated
     * @param accuracy of all examples
     * @param confusion of the same examples
     */
    public static String of(String title, Accuracy accuracy, ConfusionRecord confusion) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("class", "images", "precision, %", "recall, %", "F1, %"));
        confusion.perClass().forEach(quality -> rows.add(row(quality)));
        return String.format(
                        Locale.ROOT,
                        "%s: %s of %s%n%ntop-1 accuracy   %5.1f %%%ntop-5 accuracy   %5.1f %%%nmean per class   %5.1f %%%n"
                                + "cross-entropy    %6s%n%n",
                        title,
                        Figures.count(accuracy.examples(), "image"),
                        confusion.classNames().size() + " classes",
                        100 * accuracy.top1(),
                        100 * accuracy.top5(),
                        100 * accuracy.meanPerClass(),
                        Figures.number(accuracy.crossEntropy()))
                + TextTable.lines(rows, 1);
    }

    private static List<String> row(ClassQuality quality) {
        return List.of(
                Figures.shorten(quality.name(), MAX_NAME),
                Figures.count(quality.examples()),
                percent(quality.precision()),
                percent(quality.recall()),
                percent(quality.f1()));
    }

    private static String percent(Double fraction) {
        return fraction == null ? "\u2013" : String.format(Locale.ROOT, "%.1f", 100 * fraction);
    }
}
