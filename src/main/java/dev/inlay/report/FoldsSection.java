package dev.inlay.report;

import dev.inlay.record.Accuracy;
import dev.inlay.record.FoldRecord;
import dev.inlay.record.RunRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A row for each fold of a cross-validation. */
final class FoldsSection implements ReportSection {
    @Override
    public void write(Html page, RunRecord run) {
        if (run.folds().isEmpty()) {
            return;
        }
        boolean linear = run.folds().stream().allMatch(fold -> fold.linearTop1() != null);
        boolean searched =
                run.folds().stream().anyMatch(fold -> !fold.settings().isEmpty());
        ReportSection.open(page, "folds", "Folds");
        page.element(
                "p",
                "Each run was tested on the fold that it did not learn from. The accuracy above is that of all images"
                        + " together. A run's own report and task are in its folder.",
                "class",
                "note");
        List<String> headings = new ArrayList<>(List.of("folder", "#test examples", "#accuracy", "#mean per class"));
        if (linear) {
            headings.add("#linear probing");
        }
        if (searched) {
            headings.add("chosen");
        }
        Table table = Table.open(page, headings.toArray(String[]::new));
        for (FoldRecord fold : run.folds()) {
            Accuracy test = fold.test();
            List<String> cells = new ArrayList<>(List.of(
                    fold.folder(),
                    Figures.count(test.examples()),
                    Figures.percent(test.top1()),
                    Figures.percent(test.meanPerClass())));
            if (linear) {
                cells.add(Figures.percent(fold.linearTop1()));
            }
            if (searched) {
                cells.add(settings(fold.settings()));
            }
            table.row(cells.toArray(String[]::new));
        }
        table.close();
        page.close();
    }

    private static String settings(Map<String, String> settings) {
        return settings.entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .collect(Collectors.joining(" "));
    }
}
