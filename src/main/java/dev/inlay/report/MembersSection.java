package dev.inlay.report;

import dev.inlay.record.Accuracy;
import dev.inlay.record.MemberRecord;
import dev.inlay.record.Quality;
import dev.inlay.record.RunRecord;
import dev.inlay.record.TrainableParameters;
import java.util.ArrayList;
import java.util.List;

/** A row for each of several members, and one for what they say together. */
final class MembersSection implements ReportSection {
    @Override
    public void write(Html page, RunRecord run) {
        if (run.members().isEmpty()) {
            return;
        }
        ReportSection.open(page, "members", "Members");
        page.element(
                "p",
                "Each member was trained alone, with a head of its own. The result is that of their averaged logits. Learning"
                        + " curves below are those of the first member.",
                "class",
                "note");
        List<String> headings = new ArrayList<>(List.of("member", "method", "seed", "#parameters", "#head"));
        headings.add("#" + run.test().scoreName());
        if (run.test() instanceof Accuracy) {
            headings.addAll(List.of("#mean per class", "#cross-entropy"));
        }
        Table table = Table.open(page, headings.toArray(String[]::new));
        List<MemberRecord> members = run.members();
        for (int k = 0; k < members.size(); k++) {
            MemberRecord member = members.get(k);
            row(
                    table,
                    List.of(Integer.toString(k + 1), member.method(), Long.toString(member.seed())),
                    member.trainableParameters(),
                    member.test());
        }
        row(table, List.of("together", "", ""), run.trainableParameters(), run.test());
        table.close();
        page.close();
    }

    private static void row(Table table, List<String> who, TrainableParameters parameters, Quality test) {
        List<String> cells = new ArrayList<>(who);
        cells.add(Figures.count(parameters.withoutHead()));
        cells.add(Figures.count(parameters.head()));
        cells.add(Figures.percent(test.score()));
        if (test instanceof Accuracy accuracy) {
            cells.add(Figures.percent(accuracy.meanPerClass()));
            cells.add(Figures.number(accuracy.crossEntropy()));
        }
        table.row(cells.toArray(String[]::new));
    }
}
