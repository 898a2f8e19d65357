package dev.inlay.report;

import dev.inlay.record.MaskQuality;
import dev.inlay.record.MultiLabelQuality;
import dev.inlay.record.Quality;
import dev.inlay.record.RegressionQuality;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A quality of labels other than one class for each image, output by output.
 *
 * @param headings of the columns, the first of names
 * @param rows a cell for each column
 * @param summary what is true of all outputs together, in a sentence without its full stop
 */
record QualityTable(List<String> headings, List<List<String>> rows, String summary) {
    private static final int MAX_NAME = 36;

    /** Returns the table of a quality; an empty one where each image has one class. */
    static QualityTable of(Quality quality) {
        if (quality instanceof MultiLabelQuality labels) {
            return of(labels);
        }
        if (quality instanceof RegressionQuality numbers) {
            return of(numbers);
        }
        if (quality instanceof MaskQuality masks) {
            return of(masks);
        }
        return new QualityTable(List.of(), List.of(), quality.toString());
    }

    private static QualityTable of(MultiLabelQuality quality) {
        List<List<String>> rows = new ArrayList<>();
        quality.perLabel()
                .forEach(label -> rows.add(List.of(
                        Figures.shorten(label.name(), MAX_NAME),
                        Figures.count(label.support()),
                        label.averagePrecision() == null ? "–" : share(label.averagePrecision()),
                        String.format(Locale.ROOT, "%.3f", label.threshold()),
                        share(label.precision()),
                        share(label.recall()),
                        share(label.f1()))));
        return new QualityTable(
                List.of("class", "images", "AP, %", "threshold", "precision, %", "recall, %", "F1, %"),
                rows,
                String.format(
                        Locale.ROOT,
                        "mAP %.1f %%, micro F1 %.1f %%, macro F1 %.1f %%, binary cross-entropy %s",
                        100 * quality.meanAveragePrecision(),
                        100 * quality.microF1(),
                        100 * quality.macroF1(),
                        Figures.number(quality.binaryCrossEntropy())));
    }

    private static QualityTable of(RegressionQuality quality) {
        List<List<String>> rows = new ArrayList<>();
        quality.perNumber()
                .forEach(number -> rows.add(List.of(
                        Figures.shorten(number.name(), MAX_NAME),
                        share(number.r2()),
                        Figures.number(number.mae()),
                        Figures.number(number.rmse()))));
        return new QualityTable(
                List.of("number", "R², %", "MAE", "RMSE"),
                rows,
                String.format(
                        Locale.ROOT,
                        "R² %.1f %%, mean absolute error %s, root mean squared error %s",
                        100 * quality.r2(),
                        Figures.number(quality.mae()),
                        Figures.number(quality.rmse())));
    }

    private static QualityTable of(MaskQuality quality) {
        List<List<String>> rows = new ArrayList<>();
        quality.perClassIou()
                .forEach((name, iou) ->
                        rows.add(List.of(Figures.shorten(name, MAX_NAME), iou == null ? "–" : share(iou))));
        return new QualityTable(
                List.of("class", "IoU, %"),
                rows,
                String.format(
                        Locale.ROOT,
                        "mean IoU %.1f %%, pixel accuracy %.1f %%, mean accuracy %.1f %%%s, cross-entropy %s",
                        100 * quality.meanIou(),
                        100 * quality.pixelAccuracy(),
                        100 * quality.meanAccuracy(),
                        quality.boundaryF() == null
                                ? ""
                                : String.format(Locale.ROOT, ", boundary F %.1f %%", 100 * quality.boundaryF()),
                        Figures.number(quality.crossEntropy())));
    }

    private static String share(double share) {
        return String.format(Locale.ROOT, "%.1f", 100 * share);
    }

    /** The table as lines for a terminal. */
    String lines() {
        List<List<String>> all = new ArrayList<>(List.of(headings));
        all.addAll(rows);
        return TextTable.lines(all, 1);
    }
}
