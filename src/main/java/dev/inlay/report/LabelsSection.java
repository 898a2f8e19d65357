package dev.inlay.report;

import dev.inlay.record.MaskQuality;
import dev.inlay.record.MultiLabelQuality;
import dev.inlay.record.RunRecord;
import java.util.List;
import java.util.stream.Stream;

/** How well each class of several, or each number, was predicted on the test split. */
final class LabelsSection implements ReportSection {
    @Override
    public void write(Html page, RunRecord run) {
        if (run.test() instanceof MaskQuality masks) {
            MaskClasses.write(page, masks, run.confusion());
            return;
        }
        QualityTable table = QualityTable.of(run.test());
        if (table.rows().isEmpty()) {
            return;
        }
        boolean classes = run.test() instanceof MultiLabelQuality;
        ReportSection.open(page, "labels", classes ? "Every class" : "Every number");
        page.element(
                "p",
                classes
                        ? "AP: average precision over the test images by falling probability, whatever the threshold. Precision,"
                                + " recall and F1: of the images whose probability is at least the threshold, which is best for F1 on"
                                + " the validation images where these were held out, else 0.5."
                        : "R²: the share of the variance on the test images that is explained; below 0, the mean of their"
                                + " targets would be closer. MAE and RMSE: mean absolute and root mean squared error, in the"
                                + " number's own unit.",
                "class",
                "note");
        String[] headings = Stream.concat(
                        Stream.of(table.headings().get(0)),
                        table.headings().stream().skip(1).map(name -> "#" + name))
                .toArray(String[]::new);
        Table rows = Table.open(page, headings);
        for (List<String> row : table.rows()) {
            rows.row(row.toArray(String[]::new));
        }
        rows.close();
        page.close();
    }
}
