package dev.inlay.report;

import dev.inlay.record.ConfusionRecord;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The confusion of few classes as an image: a row per true class, a column per predicted class. */
final class ConfusionMatrix {
    private static final int MAX_NAME = 18;
    private static final double CHARACTER = 7;
    private static final double RIGHT = 70;

    private ConfusionMatrix() {}

    /**
     * @param shares whether a cell says what share of its row it is, in %, rather than how many
     */
    static void write(Html page, ConfusionRecord confusion, boolean shares) {
        List<String> names = confusion.classNames();
        double side = Math.min(46, 820.0 / names.size());
        int longest = names.stream()
                .mapToInt(name -> Math.min(MAX_NAME, name.length()))
                .max()
                .orElseThrow();
        double left = Math.max(80, 16 + CHARACTER * longest);
        double top = 42 + Math.sqrt(0.5) * CHARACTER * longest;
        double width = left + side * names.size() + RIGHT;
        double height = top + side * names.size() + 4;
        WideImage.open(page, "grid", width, height, alternative(confusion));
        page.element("text", "true class", "class", "axis", "x", 0, "y", top - 8);
        page.element("text", "predicted as", "class", "axis", "x", left, "y", 14);
        for (int i = 0; i < names.size(); i++) {
            double middle = (i + 0.5) * side;
            String name = Figures.shorten(names.get(i), MAX_NAME);
            long examples = confusion.examples(i);
            page.open("text", "x", left - 8, "y", top + middle + 4, "text-anchor", "end")
                    .text(name);
            page.element("title", names.get(i)).close();
            String turned = "translate(" + Figures.coordinate(left + middle + 3) + " " + Figures.coordinate(top - 8)
                    + ") rotate(-45)";
            page.open("text", "transform", turned)
                    .text(name)
                    .element("title", names.get(i))
                    .close();
            if (examples > 0) {
                String recall = Figures.percent((double) confusion.count(i, i) / examples);
                page.element("text", recall, "class", "in", "x", width - RIGHT + 10, "y", top + middle + 4);
            }
            for (int j = 0; j < names.size(); j++) {
                cell(page, confusion, shares, i, j, left + j * side, top + i * side, side - 1);
            }
        }
        page.element("text", "recall", "x", width - RIGHT + 10, "y", top - 8);
        WideImage.close(page);
    }

    private static String alternative(ConfusionRecord confusion) {
        String recalls = confusion.report().perClass().stream()
                .filter(quality -> quality.support() > 0)
                .map(quality -> quality.name() + " " + Figures.percent(quality.recall()))
                .collect(Collectors.joining(", "));
        return "Confusion matrix, rows are true classes, columns predicted classes. Recall: " + recalls;
    }

    private static void cell(
            Html svg,
            ConfusionRecord confusion,
            boolean shares,
            int label,
            int predicted,
            double x,
            double y,
            double side) {
        svg.empty("rect", "class", "empty", "x", x, "y", y, "width", side, "height", side);
        long count = confusion.count(label, predicted);
        if (count == 0) {
            return;
        }
        double share = (double) count / confusion.examples(label);
        double opacity = label == predicted ? 0.1 + 0.9 * share * share : Math.min(1, 0.15 + Math.sqrt(share));
        svg.empty(
                "rect",
                "class",
                label == predicted ? "heat" : "wrong",
                "fill-opacity",
                opacity,
                "x",
                x,
                "y",
                y,
                "width",
                side,
                "height",
                side);
        svg.open("text", "class", "in", "x", x + side / 2, "y", y + side / 2 + 4, "text-anchor", "middle");
        svg.text(shares ? String.format(Locale.ROOT, "%.0f", 100 * share) : Figures.brief(count));
        svg.element(
                "title",
                confusion.classNames().get(label) + " predicted as "
                        + confusion.classNames().get(predicted) + ": " + Figures.count(count) + " of "
                        + Figures.count(confusion.examples(label)));
        svg.close();
    }
}
