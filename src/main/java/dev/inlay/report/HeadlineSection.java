package dev.inlay.report;

import dev.inlay.record.Accuracy;
import dev.inlay.record.Baseline;
import dev.inlay.record.DataRecord;
import dev.inlay.record.MaskQuality;
import dev.inlay.record.Quality;
import dev.inlay.record.RegressionQuality;
import dev.inlay.record.Repeat;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SelectionRecord;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;

/** What the run was, and its accuracy beside that of simpler methods. */
final class HeadlineSection implements ReportSection {
    @Override
    public void write(Html page, RunRecord run) {
        page.line().open("header");
        page.element("p", "Inlay run", "class", "kicker").element("h1", run.name());
        page.open("p", "class", "lead").element("strong", run.method()).text(" on ");
        page.element("strong", run.backbone())
                .text(data(run.data(), run.test()))
                .close();
        KeySettings.write(page, run);
        page.close();

        Quality test = run.test();
        page.line().open("section", "class", "hero");
        page.open("div", "class", "big");
        page.element("p", "test " + test.scoreName() + measured(run), "class", "kicker");
        page.element("p", Figures.percent(test.score()), "class", "figure");
        test.interval()
                .ifPresent(interval ->
                        page.element("p", "95\u00a0% interval " + Figures.interval(interval), "class", "note"));
        if (run.linear() != null) {
            double gain = test.score() - run.linear().test().score();
            page.open("p", "class", "gain").element("strong", Figures.points(gain));
            page.text(" points over " + (run.test() instanceof MaskQuality ? "a " : "") + run.linearName())
                    .close();
        }
        Verdict.of(run).ifPresent(verdict -> page.element("p", said(verdict), "class", "note verdict"));
        if (run.linear() != null && test instanceof MaskQuality) {
            page.element(
                    "p",
                    "Without a paired test: the pixels of an image are not independent. Train from several seeds to see the"
                            + " spread.",
                    "class",
                    "note");
        }
        if (!run.repeats().isEmpty()) {
            page.element("p", spread(run), "class", "note");
        }
        if (!run.folds().isEmpty()) {
            page.element("p", folds(run), "class", "note");
        }
        page.close();

        page.open("div", "class", "beside");
        Bars bars = Bars.open(page);
        bars.bar("tuned", "this task", test.score(), figure(test));
        for (Map.Entry<String, Baseline> baseline : run.baselines().entrySet()) {
            Quality simpler = baseline.getValue().test();
            bars.bar("plain", label(run, baseline.getKey()), simpler.score(), figure(simpler));
        }
        bars.close();
        if (test instanceof Accuracy accuracy) {
            page.element("p", details(accuracy), "class", "note");
        } else {
            page.element(
                    "p",
                    QualityTable.of(test).summary() + "; " + Figures.count(test.examples(), "test example") + ".",
                    "class",
                    "note");
        }
        if (run.bestOnTest() != null) {
            page.open("p", "class", "note extra").element("span", "extra", "class", "tag");
            page.text(" Best epoch on the test split: "
                    + Figures.percent(run.bestOnTest().top1()) + " (epoch "
                    + run.bestOnTest().epoch() + "). It was chosen by the test labels and is not the result.");
            page.close();
        }
        page.close().close();

        for (String warning : run.warnings()) {
            page.line().element("p", warning, "class", "warning");
        }
    }

    private static String said(Verdict verdict) {
        String sentence = verdict.sentence();
        return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1)
                + verdict.advice().map(advice -> ": try " + advice).orElse("") + ".";
    }

    private static String data(DataRecord data, Quality test) {
        if (data == null) {
            return "";
        }
        String validation = data.validation() > 0 ? ", " + Figures.count(data.validation()) + " for validation" : "";
        String skipped = data.skipped() > 0 ? "; " + Figures.count(data.skipped()) + " skipped" : "";
        return ": " + Figures.count(data.classes()) + (test instanceof RegressionQuality ? " number" : " class")
                + (data.classes() == 1 ? "" : test instanceof RegressionQuality ? "s" : "es") + ", "
                + Figures.count(data.train()) + " training examples" + validation + ", " + Figures.count(data.test())
                + " for testing" + skipped + ".";
    }

    private static String figure(Quality quality) {
        return Figures.percent(quality.score())
                + quality.interval()
                        .map(interval -> " (" + Figures.interval(interval) + ")")
                        .orElse("");
    }

    private static String details(Accuracy test) {
        return String.format(
                "Top-5 %s, mean per class %s, cross-entropy %s. Intervals are Wilson's, of 95\u00a0%% and %s.",
                Figures.percent(test.top5()),
                Figures.percent(test.meanPerClass()),
                Figures.number(test.crossEntropy()),
                Figures.count(test.examples(), "test example"));
    }

    /** Mean and sample standard deviation over this run and its repeats. */
    static String spread(RunRecord run) {
        return spread(
                DoubleStream.concat(
                                DoubleStream.of(run.test().score()),
                                run.repeats().stream().mapToDouble(Repeat::testTop1))
                        .toArray(),
                "seeds");
    }

    /** Mean and sample standard deviation over the folds. */
    static String folds(RunRecord run) {
        return spread(
                run.folds().stream().mapToDouble(fold -> fold.test().top1()).toArray(), "folds");
    }

    private static String spread(double[] top1, String over) {
        double mean = DoubleStream.of(top1).average().orElseThrow();
        double squares = DoubleStream.of(top1).map(x -> (x - mean) * (x - mean)).sum();
        return String.format(
                Locale.ROOT,
                "%s ± %.1f over %d %s (mean, sample standard deviation).",
                Figures.percent(mean),
                100 * Math.sqrt(squares / (top1.length - 1)),
                top1.length,
                over);
    }

    static String label(RunRecord run, String baseline) {
        return baseline.equals(RunRecord.LINEAR) ? run.linearName() : baseline;
    }

    private static String measured(RunRecord run) {
        if (!run.folds().isEmpty()) {
            return ", all folds together";
        }
        if (run.curves().isEmpty()) {
            return "";
        }
        SelectionRecord selection = run.selection();
        if (selection == null || selection.epoch() == run.curves().size()) {
            return ", last epoch";
        }
        return selection.epoch() == 0
                ? ", the start of training was best on validation"
                : ", epoch " + selection.epoch() + ", the best on validation";
    }
}
