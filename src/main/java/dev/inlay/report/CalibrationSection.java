package dev.inlay.report;

import dev.inlay.record.CalibrationRecord;
import dev.inlay.record.CalibrationRecord.Bin;
import dev.inlay.record.RunRecord;
import java.util.List;

/** The reliability diagram: accuracy against confidence, which should be equal. */
final class CalibrationSection implements ReportSection {
    private static final double SIDE = 300;
    private static final double LEFT = 62;
    private static final double RIGHT = 108;
    private static final double TOP = 14;
    private static final double BOTTOM = 42;
    private static final double MARK = 7;

    @Override
    public void write(Html page, RunRecord run) {
        CalibrationRecord calibration = run.calibration();
        if (calibration == null) {
            return;
        }
        ReportSection.open(page, "calibration", "Calibration");
        page.open("div", "class", "columns");
        diagram(page, calibration);
        page.open("div").element("p", error(calibration));
        page.element(
                "p",
                "A bar is the accuracy of the test examples whose confidence is in its range, its line their mean"
                        + " confidence: below the line, the model was too sure of itself. The diagonal is perfect"
                        + " calibration. The expected calibration error is the mean distance of bar and line, each"
                        + " range weighted by its examples (Guo et al., 2017, 15 ranges); with few examples it is"
                        + " above 0 by chance alone.",
                "class",
                "note");
        page.close().close().close();
    }

    private static String error(CalibrationRecord calibration) {
        String error = "Expected calibration error " + Figures.percent(calibration.error());
        return calibration.errorAtOne() == null
                ? error + "."
                : error + " at temperature " + Figures.number(calibration.temperature())
                        + ", which was fitted on the validation images and is stored in the task; "
                        + Figures.percent(calibration.errorAtOne()) + " without it.";
    }

    private static void diagram(Html page, CalibrationRecord calibration) {
        page.open("figure", "class", "chart").open("figcaption");
        page.element("strong", "Accuracy by confidence").close();
        page.open(
                "svg",
                "viewBox",
                "0 0 " + Figures.coordinate(LEFT + SIDE + RIGHT) + " " + Figures.coordinate(TOP + SIDE + BOTTOM),
                "role",
                "img",
                "aria-label",
                "Reliability diagram: " + error(calibration));
        for (int tick = 0; tick <= 4; tick++) {
            double at = tick / 4.0;
            page.empty("line", "class", "rule", "x1", LEFT, "x2", LEFT + SIDE, "y1", y(at), "y2", y(at));
            String figure = 25 * tick + "\u00a0%";
            page.element("text", figure, "x", LEFT - 8, "y", y(at) + 4, "text-anchor", "end");
            page.element("text", figure, "x", x(at), "y", y(0) + 18, "text-anchor", "middle");
        }
        List<Bin> bins = calibration.bins();
        for (int i = 0; i < bins.size(); i++) {
            if (bins.get(i).examples() > 0) {
                bar(page, bins.get(i), i, bins.size());
            }
        }
        page.empty("line", "class", "line dashed plain", "x1", x(0), "y1", y(0), "x2", x(1), "y2", y(1));
        page.element("text", "confidence", "x", x(0.5), "y", y(0) + 38, "text-anchor", "middle");
        page.close().close();
    }

    private static void bar(Html page, Bin bin, int i, int bins) {
        double left = x((double) i / bins) + 1;
        double width = SIDE / bins - 2;
        page.open("g")
                .element(
                        "title",
                        "confidence " + Figures.percent((double) i / bins) + " to " + Figures.percent((i + 1.0) / bins)
                                + ": " + Figures.count(bin.examples(), "example") + ", accuracy "
                                + Figures.percent(bin.accuracy()) + ", mean confidence "
                                + Figures.percent(bin.confidence()));
        double height = SIDE * bin.accuracy();
        page.empty("rect", "class", "mean", "x", left, "y", y(bin.accuracy()), "width", width, "height", height);
        double mark = y(bin.confidence());
        double middle = left + width / 2;
        page.empty("line", "class", "line whole", "x1", middle - MARK, "x2", middle + MARK, "y1", mark, "y2", mark);
        page.close();
    }

    private static double x(double fraction) {
        return LEFT + SIDE * fraction;
    }

    private static double y(double fraction) {
        return TOP + SIDE * (1 - fraction);
    }
}
