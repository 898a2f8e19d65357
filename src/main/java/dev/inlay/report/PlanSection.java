package dev.inlay.report;

import dev.inlay.record.BlockRecord;
import dev.inlay.record.PlanRecord;
import dev.inlay.record.RunRecord;
import dev.inlay.record.TensorRecord;
import dev.inlay.record.Tuned;
import java.util.List;

/** What the plan tunes, tensor by tensor, and why. */
final class PlanSection implements ReportSection {
    @Override
    public void write(Html page, RunRecord run) {
        PlanRecord plan = run.plan();
        if (plan == null) {
            return;
        }
        ReportSection.open(page, "plan", "The plan");
        String of = run.members().isEmpty() ? "" : " It is that of a member; equal members share it.";
        page.element("p", why(plan) + of, "class", "note");
        if (plan.blocks() != null) {
            widths(page, plan.blocks());
        }
        TensorGrid grid = new TensorGrid(plan.tensors(), 4, 4);
        if (plan.blocks() == null && !grid.isEmpty()) {
            grid.open(page, "What is tuned by block and operation", (svg, tensor, box) -> cell(svg, tensor, box, plan));
            WideImage.close(page);
            page.open("p", "class", "legend");
            key(page, "module", moduleName(plan));
            key(page, "whole", "fully tuned vector");
            key(page, "sparse", "that many individual weights");
            key(page, "frozen", "frozen");
            page.close();
        }
        long classToken = run.members().stream()
                .mapToLong(member -> member.trainableParameters().classToken())
                .max()
                .orElse(run.trainableParameters().classToken());
        Table table = Table.open(page, "how", "#tensors", "#trained parameters", "#share of the plan");
        if (plan.blocks() != null) {
            long wide =
                    plan.blocks().stream().filter(block -> block.width() > 0).count();
            row(
                    table,
                    plan,
                    plan.module() + " behind blocks",
                    wide,
                    plan.blocks().stream().mapToLong(BlockRecord::parameters).sum());
        }
        row(table, plan, Tuned.MODULE, moduleName(plan));
        row(table, plan, Tuned.WHOLE, "fully tuned vectors");
        row(table, plan, Tuned.SPARSE, "individual weights");
        row(table, plan, "class token", classToken > 0 ? 1 : 0, classToken);
        row(table, plan, Tuned.FROZEN, "frozen");
        table.close();
        outside(page, plan);
        page.close();
    }

    private static void widths(Html page, List<BlockRecord> blocks) {
        Table table = Table.open(page, "#block", "#width", "#trained parameters", "#sum of scores");
        for (BlockRecord block : blocks) {
            table.row(
                    Integer.toString(block.block()),
                    block.width() == 0 ? "–" : Integer.toString(block.width()),
                    Figures.count(block.parameters()),
                    Figures.number(block.scoreSum()));
        }
        table.close();
    }

    private static String why(PlanRecord plan) {
        if (plan.blocks() != null) {
            return "Within a budget of "
                    + Figures.count(plan.budget() == null ? plan.cost() : plan.budget(), "parameter")
                    + ", every block gets the width that makes the sum of (scores of the block × √width) largest. Together "
                    + Figures.count(plan.cost(), "parameter") + " without the head.";
        }
        String budget = plan.budget() == null
                ? "τ was given as " + Figures.count(plan.tau())
                : "Within a budget of " + Figures.count(plan.budget(), "parameter") + ", τ came to "
                        + Figures.count(plan.tau());
        return budget + ". A matrix gets a module if at least 1/" + Figures.number(plan.alpha())
                + " of the module’s size is selected in it, a vector is fully tuned if at least 1/"
                + Figures.number(plan.beta())
                + " of it is selected, and the rest is tuned as individual weights. Together "
                + Figures.count(plan.cost(), "parameter") + " without the head.";
    }

    private static String moduleName(PlanRecord plan) {
        return plan.module() + " of rank " + plan.rank();
    }

    private static void cell(Html svg, TensorRecord tensor, TensorGrid.Box box, PlanRecord plan) {
        String kind = tensor.tuned().toString();
        svg.empty(
                "rect",
                "class",
                "cell " + kind,
                "x",
                box.x(),
                "y",
                box.y(),
                "width",
                box.width(),
                "height",
                box.height());
        String figure =
                switch (tensor.tuned()) {
                    case MODULE -> box.fits(plan.module().length()) ? plan.module() : "";
                    case WHOLE -> box.fits(5) ? "whole" : "";
                    case SPARSE -> Figures.brief(tensor.parameters());
                    case FROZEN -> "·";
                };
        if (box.fits(figure.length())) {
            svg.element(
                    "text",
                    figure,
                    "class",
                    "in " + kind,
                    "x",
                    box.middleX(),
                    "y",
                    box.baseline(),
                    "text-anchor",
                    "middle");
        }
    }

    private static void key(Html page, String kind, String name) {
        page.open("span", "class", "key")
                .open("i", "class", "swatch cell " + kind)
                .close()
                .text(name)
                .close();
    }

    private static void row(Table table, PlanRecord plan, Tuned tuned, String words) {
        List<TensorRecord> tensors = plan.tensors().stream()
                .filter(tensor -> tensor.tuned() == tuned)
                .toList();
        row(
                table,
                plan,
                words,
                tensors.size(),
                tensors.stream().mapToLong(TensorRecord::parameters).sum());
    }

    private static void row(Table table, PlanRecord plan, String words, long tensors, long parameters) {
        if (tensors > 0) {
            String share = plan.cost() == 0 ? "–" : Figures.percent((double) parameters / plan.cost());
            table.row(words, Figures.count(tensors), Figures.count(parameters), share);
        }
    }

    private static void outside(Html page, PlanRecord plan) {
        List<String> words = plan.tensors().stream()
                .filter(tensor -> tensor.block() == null)
                .map(tensor -> tensor.name() + " " + tensor.tuned())
                .toList();
        if (!words.isEmpty()) {
            page.element("p", "Outside the blocks: " + String.join(", ", words) + ".", "class", "note");
        }
    }
}
