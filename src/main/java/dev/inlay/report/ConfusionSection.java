package dev.inlay.report;

import dev.inlay.record.Confusion;
import dev.inlay.record.RunRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Which class is taken for which: a matrix for few classes, the worst of it for many. */
final class ConfusionSection implements Section {
    private static final int FEW = 20;
    private static final int PAIRS = 15;
    private static final int LABEL = 18;
    private static final int LONG_LABEL = 44;
    private static final double CHARACTER = 7;
    private static final double RIGHT = 70;
    private static final double INK_TURNS = 0.6;

    @Override
    public void write(Html page, RunRecord run) {
        Confusion confusion = run.confusion();
        if (confusion == null || confusion.classNames().isEmpty()) {
            return;
        }
        Section.open(page, "Which class is taken for which");
        if (confusion.classNames().size() <= FEW) {
            matrix(page, confusion);
        } else {
            page.open("div", "class", "columns pairs").open("div").element("h3", "Most confused pairs");
            pairs(page, confusion);
            page.close().open("div").element("h3", "Weakest classes");
            weakest(page, confusion);
            page.close().close();
        }
        page.close();
    }

    private static void matrix(Html page, Confusion confusion) {
        List<String> names = confusion.classNames();
        double side = Math.min(46, 820.0 / names.size());
        int longest = names.stream()
                .mapToInt(name -> Math.min(LABEL, name.length()))
                .max()
                .orElseThrow();
        double left = 16 + CHARACTER * longest;
        double top = 26 + Math.sqrt(0.5) * CHARACTER * longest;
        double width = left + side * names.size() + RIGHT;
        page.element(
                "p", "Rows are true classes, columns what they were taken for, in test examples.", "class", "note");
        page.open("div", "class", "scroll")
                .open(
                        "svg",
                        "class",
                        "grid",
                        "viewBox",
                        "0 0 " + Figures.coordinate(width) + " " + Figures.coordinate(top + side * names.size() + 4),
                        "style",
                        "max-width:" + Figures.coordinate(width) + "px",
                        "role",
                        "img",
                        "aria-label",
                        "confusion matrix");
        for (int i = 0; i < names.size(); i++) {
            double middle = (i + 0.5) * side;
            String name = Figures.shorten(names.get(i), LABEL);
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
                String right = Figures.percent((double) confusion.count(i, i) / examples);
                page.element("text", right, "class", "in", "x", width - RIGHT + 10, "y", top + middle + 4);
            }
            for (int j = 0; j < names.size(); j++) {
                cell(page, confusion, i, j, left + j * side, top + i * side, side - 1);
            }
        }
        page.element("text", "right", "x", width - RIGHT + 10, "y", top - 8);
        page.close().close();
    }

    private static void cell(Html svg, Confusion confusion, int label, int predicted, double x, double y, double side) {
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
        svg.open(
                "text",
                "class",
                opacity > INK_TURNS ? "in light" : "in",
                "x",
                x + side / 2,
                "y",
                y + side / 2 + 4,
                "text-anchor",
                "middle");
        svg.text(Figures.brief(count));
        svg.element(
                "title",
                confusion.classNames().get(label) + " taken for "
                        + confusion.classNames().get(predicted) + ": " + Figures.count(count) + " of "
                        + Figures.count(confusion.examples(label)));
        svg.close();
    }

    private static void pairs(Html page, Confusion confusion) {
        int classes = confusion.classNames().size();
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < classes; i++) {
            for (int j = 0; j < classes; j++) {
                if (i != j && confusion.count(i, j) > 0) {
                    pairs.add(new Pair(i, j, confusion.count(i, j), confusion.examples(i)));
                }
            }
        }
        pairs.sort(Comparator.comparingLong(Pair::count)
                .thenComparingDouble(Pair::share)
                .reversed());
        Table table = Table.open(page, "is", "taken for", "#times", "#of its class");
        for (Pair pair : pairs.subList(0, Math.min(PAIRS, pairs.size()))) {
            table.row(
                    name(confusion, pair.label()),
                    name(confusion, pair.predicted()),
                    Figures.count(pair.count()),
                    Figures.percent(pair.share()));
        }
        table.close();
    }

    private static void weakest(Html page, Confusion confusion) {
        List<Integer> labels = IntStream.range(0, confusion.classNames().size())
                .filter(label -> confusion.examples(label) > 0)
                .boxed()
                .sorted(Comparator.comparingDouble(label -> right(confusion, label)))
                .limit(PAIRS)
                .toList();
        Table table = Table.open(page, "class", "#right", "#examples");
        for (int label : labels) {
            table.row(
                    name(confusion, label),
                    Figures.percent(right(confusion, label)),
                    Figures.count(confusion.examples(label)));
        }
        table.close();
    }

    private static String name(Confusion confusion, int label) {
        return Figures.shorten(confusion.classNames().get(label), LONG_LABEL);
    }

    private static double right(Confusion confusion, int label) {
        return (double) confusion.count(label, label) / confusion.examples(label);
    }

    private record Pair(int label, int predicted, long count, long examples) {
        double share() {
            return (double) count / examples;
        }
    }
}
