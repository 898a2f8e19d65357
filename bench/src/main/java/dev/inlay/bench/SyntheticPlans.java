package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.allocation.Allocator;
import java.util.List;
import java.util.Map;

/** Plans that SPT's published rule allocates from {@link SyntheticScores}. */
public final class SyntheticPlans {
    private SyntheticPlans() {}

    /**
     * Returns the plan of a budget.
     *
     * @param module kind of the modules
     * @param budget trained parameters at most, the head aside
     * @param seed of the scores
     */
    public static Plan within(Backbone backbone, ModuleKind module, long budget, long seed) {
        List<TunableParameter> tunables = backbone.tunableParameters();
        List<Candidate> candidates = Candidate.among(tunables);
        AllocationRule rule = AllocationRule.published(module, TunableParameter.classToken(tunables));
        PlanSource source = new PlanSource(backbone.name(), "made up");
        return new Allocator(candidates, SyntheticScores.of(candidates, seed), source).planWithin(rule, budget);
    }

    /** Returns a plan with other individual weights in the place of its own. */
    public static Plan withSparse(Plan plan, Map<String, FlatIndices> sparse) {
        PlanCost cost = plan.cost();
        long weights = sparse.values().stream().mapToLong(FlatIndices::size).sum();
        return new Plan(
                plan.rule(),
                plan.matrices(),
                plan.vectors(),
                plan.prompts(),
                sparse,
                new PlanCost(cost.modules(), cost.vectors(), weights, cost.classToken()),
                plan.tau(),
                plan.budget(),
                plan.choices(),
                plan.notes(),
                plan.source());
    }
}
