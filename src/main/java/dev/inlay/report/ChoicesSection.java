package dev.inlay.report;

import dev.inlay.record.Baseline;
import dev.inlay.record.FirstBlockRecord;
import dev.inlay.record.FirstBlockTrial;
import dev.inlay.record.Regularisation;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SearchTrial;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What was chosen on the validation split: the run's settings and the regularisation of each baseline. */
final class ChoicesSection implements ReportSection {
    @Override
    public void write(Html page, RunRecord run) {
        boolean probed = run.baselines().values().stream()
                .anyMatch(baseline -> !baseline.regularisations().isEmpty());
        if (run.search().isEmpty() && run.firstBlock() == null && !probed) {
            return;
        }
        ReportSection.open(page, "choices", "Chosen on the validation split");
        page.open("div", "class", "columns");
        if (!run.search().isEmpty()) {
            page.open("div").element("h3", "Settings of this run");
            search(page, run.search());
            page.close();
        }
        if (run.firstBlock() != null) {
            page.open("div").element("h3", "First tuned block");
            firstBlock(page, run.firstBlock());
            page.close();
        }
        for (Map.Entry<String, Baseline> baseline : run.baselines().entrySet()) {
            if (!baseline.getValue().regularisations().isEmpty()) {
                page.open("div").element("h3", "Regularisation of " + HeadlineSection.label(run, baseline.getKey()));
                regularisations(page, baseline.getValue().regularisations());
                page.close();
            }
        }
        page.close().close();
    }

    private static void search(Html page, List<SearchTrial> trials) {
        Set<String> keys = new LinkedHashSet<>();
        trials.forEach(trial -> keys.addAll(trial.settings().keySet()));
        List<String> headings = new ArrayList<>(keys);
        headings.addAll(List.of("#validation", "#time"));
        Table table = Table.open(page, headings.toArray(String[]::new));
        for (SearchTrial trial : trials) {
            List<String> cells = new ArrayList<>();
            keys.forEach(key -> cells.add(trial.settings().getOrDefault(key, "–")));
            cells.add(Figures.percent(trial.validationTop1()));
            cells.add(Figures.duration(trial.seconds()));
            table.row(trial.chosen(), cells.toArray(String[]::new));
        }
        table.close();
    }

    private static void firstBlock(Html page, FirstBlockRecord found) {
        Table table = Table.open(page, "#block", "#validation", "#training");
        for (FirstBlockTrial trial : found.tried()) {
            table.row(
                    trial.chosen(),
                    Integer.toString(trial.block()),
                    Figures.percent(trial.validationTop1()),
                    Figures.duration(trial.seconds()));
        }
        table.close();
        page.element(
                "p",
                "Blocks before it stay frozen. The last block within "
                        + Figures.number(100 * found.tolerance())
                        + " points of the best is chosen: one standard error of the best, and at least one image.",
                "class",
                "note");
    }

    private static void regularisations(Html page, List<Regularisation> tried) {
        Table table = Table.open(page, "#L2 penalty", "#validation");
        for (Regularisation regularisation : tried) {
            table.row(
                    regularisation.chosen(),
                    Figures.number(regularisation.l2()),
                    Figures.percent(regularisation.validationTop1()));
        }
        table.close();
    }
}
