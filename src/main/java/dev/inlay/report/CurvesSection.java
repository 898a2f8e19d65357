package dev.inlay.report;

import dev.inlay.record.Accuracy;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.RegressionQuality;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SelectionRecord;
import java.util.List;
import java.util.function.Function;

/** How training went, epoch by epoch. */
final class CurvesSection implements ReportSection {
    @Override
    public void write(Html page, RunRecord run) {
        List<EpochRecord> curves = run.curves();
        if (curves.isEmpty()) {
            return;
        }
        ReportSection.open(page, "curves", "Learning curves").open("div", "class", "charts");
        List<LineChart.Level> linear = run.linear() == null
                ? List.of()
                : List.of(new LineChart.Level(
                        "plain", run.linearName(), run.linear().test().score()));
        boolean accuracy = run.test() instanceof Accuracy;
        new LineChart(
                        Figures.capitalised(run.test().scoreName()),
                        List.of(
                                line(curves, "muted", "training batches", epoch -> accuracy ? epoch.trainTop1() : null),
                                line(curves, "whole", "validation", EpochRecord::validationTop1),
                                line(curves, "tuned", "test", EpochRecord::testTop1)),
                        linear,
                        false,
                        value -> Figures.number(100 * value) + " %")
                .write(page);
        chart(
                page,
                "Loss",
                true,
                line(
                        curves,
                        "tuned",
                        run.test() instanceof RegressionQuality ? "training" : "training, in nats",
                        EpochRecord::trainLoss));
        chart(
                page,
                "Learning rate",
                true,
                line(curves, "muted", "at the epoch’s last step", EpochRecord::learningRate));
        chart(
                page,
                "Gradient norm before clipping",
                true,
                line(curves, "muted", "mean over the epoch", EpochRecord::gradientNorm));
        page.close();
        if (run.selection() != null) {
            page.element("p", selection(run.selection(), curves.size()));
        }
        if (KeySettings.mixesImages(run)) {
            page.element(
                    "p",
                    "Training batches are of mixed images (mixup, CutMix), of which the class with the larger share counts as"
                            + " right, so their curves of accuracy and loss do not compare with those of validation and test.",
                    "class",
                    "note");
        }
        page.open("details").element("summary", "Every epoch as numbers");
        Table table = Table.open(
                page,
                "#epoch",
                "#learning rate",
                "#loss",
                "#training",
                "#validation",
                "#test",
                "#gradient norm",
                "#time",
                "#examples/s");
        for (EpochRecord epoch : curves) {
            table.row(
                    Integer.toString(epoch.epoch()),
                    Figures.number(epoch.learningRate()),
                    Figures.number(epoch.trainLoss()),
                    orDash(epoch.trainTop1(), Figures::percent),
                    orDash(epoch.validationTop1(), Figures::percent),
                    orDash(epoch.testTop1(), Figures::percent),
                    orDash(epoch.gradientNorm(), Figures::number),
                    Figures.duration(epoch.seconds()),
                    Figures.number(epoch.examplesPerSecond()));
        }
        table.close();
        page.close().close();
    }

    private static String selection(SelectionRecord selection, int epochs) {
        String best = selection.best() == 0 ? "the start of the training" : "epoch " + selection.best();
        return "On the validation images " + best + " was best, with " + Figures.percent(selection.validationTop1())
                + (selection.stoppedEarly() ? "; training stopped after epoch " + epochs + " without a better one" : "")
                + (selection.epoch() == selection.best()
                        ? ". The result has its parameters."
                        : ". The result has the parameters of epoch " + selection.epoch() + ".");
    }

    private static void chart(Html page, String title, boolean fromZero, LineChart.Line line) {
        new LineChart(title, List.of(line), List.of(), fromZero, Figures::number).write(page);
    }

    private static LineChart.Line line(
            List<EpochRecord> curves, String kind, String name, Function<EpochRecord, Double> value) {
        return new LineChart.Line(
                kind,
                name,
                curves.stream().map(EpochRecord::epoch).toList(),
                curves.stream().map(value).toList());
    }

    private static String orDash(Double value, Function<Double, String> figure) {
        return value == null ? "–" : figure.apply(value);
    }
}
