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
    private static final int MOST = 15;
    private static final int PAIRS_BESIDE_MATRIX = 8;
    private static final int LONGEST_NAME = 44;

    @Override
    public void write(Html page, RunRecord run) {
        Confusion confusion = run.confusion();
        if (confusion == null || confusion.classNames().isEmpty()) {
            return;
        }
        Section.open(page, "confusion", "Which class is taken for which");
        if (confusion.classNames().size() <= FEW) {
            few(page, confusion);
        } else {
            many(page, confusion);
        }
        page.close();
    }

    private static void few(Html page, Confusion confusion) {
        page.element(
                "p", "Rows are true classes, columns what they were taken for, in test examples.", "class", "note");
        page.open("div", "class", "confusion");
        ConfusionMatrix.write(page, confusion);
        page.open("div").element("h3", "Most confused pairs");
        pairs(page, confusion, PAIRS_BESIDE_MATRIX);
        page.close().close();
    }

    private static void many(Html page, Confusion confusion) {
        page.open("div", "class", "columns pairs").open("div").element("h3", "Most confused pairs");
        pairs(page, confusion, MOST);
        page.close().open("div").element("h3", "Weakest classes");
        weakest(page, confusion);
        page.close().close();
    }

    private static void pairs(Html page, Confusion confusion, int most) {
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

    private static void weakest(Html page, Confusion confusion) {
        List<Integer> labels = IntStream.range(0, confusion.classNames().size())
                .filter(label -> confusion.examples(label) > 0)
                .boxed()
                .sorted(Comparator.comparingDouble(label -> right(confusion, label)))
                .limit(MOST)
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
        return Figures.shorten(confusion.classNames().get(label), LONGEST_NAME);
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
