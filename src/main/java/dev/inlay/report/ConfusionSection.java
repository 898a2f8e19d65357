package dev.inlay.report;

import dev.inlay.record.ClassCount;
import dev.inlay.record.ConfusionRecord;
import dev.inlay.record.MaskQuality;
import dev.inlay.record.RunRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

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
        boolean ofPixels = run.test() instanceof MaskQuality;
        ReportSection.open(page, "confusion", "Confusion matrix");
        if (confusion.classNames().size() <= FEW) {
            few(page, confusion, ofPixels);
        } else {
            many(page, confusion, ofPixels);
        }
        if (!ofPixels) {
            ClassTable.write(page, confusion.report(), counts(run));
        }
        page.close();
    }

    /** How many examples of each class there were, by its name; empty where that is not recorded. */
    private static Map<String, ClassCount> counts(RunRecord run) {
        return run.data() == null
                ? Map.of()
                : run.data().perClass().stream().collect(Collectors.toMap(ClassCount::name, Function.identity()));
    }

    private static void few(Html page, ConfusionRecord confusion, boolean ofPixels) {
        page.element(
                "p",
                ofPixels
                        ? "Pixels of the test images by true class (rows) and predicted class (columns), in % of the true class;"
                                + " the diagonal is correct."
                        : "Test examples by true class (rows) and predicted class (columns); the diagonal is correct.",
                "class",
                "note");
        page.open("div", "class", "confusion");
        ConfusionMatrix.write(page, confusion, ofPixels);
        page.open("div").element("h3", "Most confused pairs");
        pairs(page, confusion, ofPixels, PAIRS_BESIDE_MATRIX);
        page.close().close();
    }

    private static void many(Html page, ConfusionRecord confusion, boolean ofPixels) {
        page.element("h3", "Most confused pairs");
        pairs(page, confusion, ofPixels, MAX);
    }

    private static void pairs(Html page, ConfusionRecord confusion, boolean ofPixels, int most) {
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
        Table table = Table.open(page, "true class", "predicted as", ofPixels ? "#pixels" : "#times", "#of true class");
        for (Pair pair : pairs.subList(0, Math.min(most, pairs.size()))) {
            table.row(
                    name(confusion, pair.label()),
                    name(confusion, pair.predicted()),
                    ofPixels ? Figures.brief(pair.count()) : Figures.count(pair.count()),
                    Figures.percent(pair.share()));
        }
        table.close();
    }

    private static String name(ConfusionRecord confusion, int label) {
        return Figures.shorten(confusion.classNames().get(label), MAX_NAME);
    }

    private record Pair(int label, int predicted, long count, long examples) {
        double share() {
            return (double) count / examples;
        }
    }
}
