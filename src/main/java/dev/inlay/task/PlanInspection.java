package dev.inlay.task;

import dev.inlay.keys.Keys;
import dev.inlay.plan.Plan;
import dev.inlay.plan.allocation.PlanTable;
import dev.inlay.plan.file.PlanFile;
import java.nio.file.Path;

/** Looks into a plan. */
final class PlanInspection {
    private PlanInspection() {}

    static Inspection of(Path file) {
        Plan plan = PlanFile.read(file);
        InspectionRows rows = new InspectionRows().addBytes(file);
        add(rows, "", plan);
        rows.add("source.backbone", plan.source().backbone());
        rows.add("source.scores", plan.source().scores());
        return new Inspection("plan " + file, rows.list(), PlanTable.of(plan));
    }

    /** What a plan spends on what. */
    static void add(InspectionRows rows, String prefix, Plan plan) {
        rows.add(prefix + "module", Keys.label(plan.rule().module()));
        if (plan.blocks().isEmpty()) {
            rows.add(prefix + "rank", plan.rule().rank());
        } else {
            rows.add(
                    prefix + "widths",
                    plan.blocks().stream()
                            .map(block -> Integer.toString(block.width()))
                            .toList());
        }
        rows.add(prefix + "matrices", plan.matrices().size())
                .add(prefix + "vectors", plan.vectors().size())
                .add(prefix + "sparseTensors", plan.sparse().size())
                .add(prefix + "sparseWeights", plan.cost().sparse())
                .add(prefix + "cost", plan.cost().total())
                .add(prefix + "tau", plan.tau());
        plan.budget().ifPresent(budget -> rows.add(prefix + "budget", budget));
    }
}
