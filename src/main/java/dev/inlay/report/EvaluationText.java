package dev.inlay.report;

import dev.inlay.record.Accuracy;
import dev.inlay.record.CalibrationRecord;
import dev.inlay.record.ClassQuality;
import dev.inlay.record.ClassificationReport;
import dev.inlay.record.ConfusionRecord;
import dev.inlay.record.Quality;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** An evaluation as text: its accuracies, and precision, recall and F1 of every class and on average. */
public final class EvaluationText {
    /** So that a line fits into 80 columns. */
    private static final int MAX_NAME = 36;

    private EvaluationText() {}

    /**
     * Returns the text.
     *
     * @param title what was evaluated
     * @param accuracy of all examples
     * @param calibration of the same examples
     * @param confusion of the same examples
     */
    public static String of(String title, Accuracy accuracy, CalibrationRecord calibration, ConfusionRecord confusion) {
        ClassificationReport report = confusion.report();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("class", "images", "precision, %", "recall, %", "F1, %"));
        report.perClass().forEach(quality -> rows.add(row(quality)));
        rows.add(List.of("", "", "", "", ""));
        rows.add(row(report.macro()));
        rows.add(row(report.weighted()));
        return String.format(
                        Locale.ROOT,
                        "%s: %s of %s%n%ntop-1 accuracy   %5.1f %%   (95 %% interval %.1f to %.1f %%)%n"
                                + "top-5 accuracy   %5.1f %%%nmean per class   %5.1f %%%ncross-entropy    %6s%n"
                                + "ECE, 15 bins     %5.1f %%%s%n%n",
                        title,
                        Figures.count(accuracy.examples(), "image"),
                        confusion.classNames().size() + " classes",
                        100 * accuracy.top1(),
                        100 * accuracy.top1Interval().low(),
                        100 * accuracy.top1Interval().high(),
                        100 * accuracy.top5(),
                        100 * accuracy.meanPerClass(),
                        Figures.number(accuracy.crossEntropy()),
                        100 * calibration.error(),
                        calibration.errorAtOne() == null ? "" : "   (" + temperature(calibration) + ")")
                + TextTable.lines(rows, 1);
    }

    /**
     * Returns the text of other labels than one class for each image.
     *
     * @param title what was evaluated
     * @param quality of all examples
     */
    public static String of(String title, Quality quality) {
        QualityTable table = QualityTable.of(quality);
        return String.format(
                Locale.ROOT,
                "%s: %s%n%n%s%n%n%s",
                title,
                Figures.count(quality.examples(), "image"),
                table.summary(),
                table.lines());
    }

    /** Such as {@code temperature 1.37; 5.0 % without}. */
    static String temperature(CalibrationRecord calibration) {
        return String.format(
                Locale.ROOT,
                "temperature %s; %.1f %% without",
                Figures.number(calibration.temperature()),
                100 * calibration.errorAtOne());
    }

    private static List<String> row(ClassQuality quality) {
        return List.of(
                Figures.shorten(quality.name(), MAX_NAME),
                Figures.count(quality.support()),
                percent(quality.precision()),
                percent(quality.recall()),
                percent(quality.f1()));
    }

    private static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.1f", 100 * fraction);
    }
}
