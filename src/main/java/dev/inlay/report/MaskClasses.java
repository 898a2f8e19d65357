package dev.inlay.report;

import dev.inlay.record.ConfusionRecord;
import dev.inlay.record.MaskQuality;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** How well the pixels of each class were told from the others: bars of IoU, the lowest first, and the figures behind them. */
final class MaskClasses {
    private static final int SHOWN = 20;
    private static final int MAX_NAME = 36;

    private MaskClasses() {}

    static void write(Html page, MaskQuality quality, ConfusionRecord confusion) {
        ReportSection.open(page, "labels", "Every class");
        page.element(
                "p",
                "IoU, intersection over union: of the pixels that are of the class or were predicted as it, the share that are"
                        + " both; over all test images together, without pixels that do not count. Lowest first.",
                "class",
                "note");
        List<Map.Entry<String, Double>> classes = quality.perClassIou().entrySet().stream()
                .filter(of -> of.getValue() != null)
                .sorted(Map.Entry.comparingByValue())
                .toList();
        bars(page, classes.subList(0, Math.min(SHOWN, classes.size())));
        if (classes.size() > SHOWN) {
            page.open("details").element("summary", Figures.count(classes.size() - SHOWN) + " more classes");
            bars(page, classes.subList(SHOWN, classes.size()));
            page.close();
        }
        List<String> absent = quality.perClassIou().entrySet().stream()
                .filter(of -> of.getValue() == null)
                .map(Map.Entry::getKey)
                .toList();
        if (!absent.isEmpty()) {
            page.element(
                    "p",
                    "Neither in the masks nor predicted, so left out of the mean: " + String.join(", ", absent) + ".",
                    "class",
                    "note");
        }
        if (confusion != null) {
            numbers(page, quality, confusion);
        }
        page.close();
    }

    private static void bars(Html page, List<Map.Entry<String, Double>> classes) {
        Bars bars = Bars.open(page);
        classes.forEach(of -> bars.bar(
                "tuned", Figures.shorten(of.getKey(), MAX_NAME), of.getValue(), Figures.percent(of.getValue())));
        bars.close();
    }

    private static void numbers(Html page, MaskQuality quality, ConfusionRecord confusion) {
        List<String> names = confusion.classNames();
        double all =
                IntStream.range(0, names.size()).mapToLong(confusion::examples).sum();
        page.open("details").element("summary", "Every class as numbers");
        Table table = Table.open(page, "class", "#IoU", "#accuracy", "#precision", "#share of pixels");
        confusion.report().perClass().stream()
                .sorted(Comparator.comparingDouble(of -> quality.perClassIou().get(of.name())))
                .forEach(of -> table.row(
                        Figures.shorten(of.name(), MAX_NAME),
                        Figures.percent(quality.perClassIou().get(of.name())),
                        of.support() == 0 ? "–" : Figures.percent(of.recall()),
                        Figures.percent(of.precision()),
                        Figures.percent(of.support() / all)));
        table.close();
        page.element(
                "p",
                "Accuracy: the share of the class’s pixels that were predicted as it (recall). Precision: the share of what was"
                        + " predicted as the class that is of it.",
                "class",
                "note");
        page.close();
    }
}
