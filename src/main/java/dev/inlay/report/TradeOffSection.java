package dev.inlay.report;

import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.MethodRecord;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The score against what it costs. */
final class TradeOffSection {
    private TradeOffSection() {}

    static void write(Html page, ComparisonRecord comparison) {
        List<MethodRecord> measured = comparison.methods().stream()
                .filter(method -> method.all().accuracy() != null)
                .toList();
        if (measured.isEmpty()) {
            return;
        }
        String score = Figures.capitalised(comparison.scoreName());
        ReportSection.open(page, "trade-off", score + " against cost");
        chart(
                page,
                new ScatterChart(
                        score + " against trained parameters",
                        "test " + comparison.scoreName(),
                        "parameters without the head",
                        marks(measured, method -> method.all().parameters()),
                        true,
                        value -> Figures.brief(Math.round(value))));
        chart(
                page,
                new ScatterChart(
                        score + " against time",
                        "test " + comparison.scoreName(),
                        "time per run",
                        marks(measured, method -> method.all().seconds()),
                        false,
                        Figures::duration));
        page.close();
    }

    private static void chart(Html page, ScatterChart chart) {
        page.line();
        chart.write(page);
    }

    private static List<ScatterChart.Mark> marks(List<MethodRecord> methods, ToDoubleFunction<MethodRecord> cost) {
        return methods.stream()
                .map(method -> new ScatterChart.Mark(
                        method.name(),
                        cost.applyAsDouble(method),
                        method.all().accuracy().mean(),
                        method.all().accuracy().spread()))
                .toList();
    }
}
