package dev.inlay.report;

import dev.inlay.record.ConfusionRecord;
import dev.inlay.record.RunRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The confusion matrix: a matrix for few classes, the worst of it for many. */
final class ConfusionSection implements ReportSection {
    private static final int FEW = 20;
    private static final int MAX = 15;
    private static final int PAIRS_BESIDE_MATRIX = 8;
    private static final int MAX_NAME = 44;

    @Override
    public void write(Html page, RunRecord run) {
        ConfusionRecord confusion = run.confusion();
        if (confusion == null || confusion.classNames().isEmpty()) {
            return;
        }
        ReportSection.open(page, "confusion", "Confusion matrix");
        if (confusion.classNames().size() <= FEW) {
            few(page, confusion);
        } else {
            many(page, confusion);
        }
        page.close();
    }

    private static void few(Html page, ConfusionRecord confusion) {
        page.element("p", "Rows are true classes, columns predicted classes, in test examples.", "class", "note");
        page.open("div", "class", "confusion");
        ConfusionMatrix.write(page, confusion);
        page.open("div").element("h3", "Most confused pairs");
        pairs(page, confusion, PAIRS_BESIDE_MATRIX);
        page.close().close();
    }

    private static void many(Html page, ConfusionRecord confusion) {
        page.open("div", "class", "columns pairs").open("div").element("h3", "Most confused pairs");
        pairs(page, confusion, MAX);
        page.close().open("div").element("h3", "Weakest classes");
        weakest(page, confusion);
        page.close().close();
    }

    private static void pairs(Html page, ConfusionRecord confusion, int most) {
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
        for (Pair pair : pairs.subList(0, Math.min(most, pairs.size()))) {
            table.row(
                    name(confusion, pair.label()),
                    name(confusion, pair.predicted()),
                    Figures.count(pair.count()),
                    Figures.percent(pair.share()));
        }
        table.close();
    }

    private static void weakest(Html page, ConfusionRecord confusion) {
        List<Integer> labels = IntStream.range(0, confusion.classNames().size())
                .filter(label -> confusion.examples(label) > 0)
                .boxed()
                .sorted(Comparator.comparingDouble(label -> right(confusion, label)))
                .limit(MAX)
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

    private static String name(ConfusionRecord confusion, int label) {
        return Figures.shorten(confusion.classNames().get(label), MAX_NAME);
    }

    private static double right(ConfusionRecord confusion, int label) {
        return (double) confusion.count(label, label) / confusion.examples(label);
    }

    private record Pair(int label, int predicted, long count, long examples) {
        double share() {
            return (double) count / examples;
        }
    }
}
