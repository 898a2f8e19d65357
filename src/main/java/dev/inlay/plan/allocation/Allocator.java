package dev.inlay.plan.allocation;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.BlockWidth;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.Choice;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Turns sensitivity scores into plans (SPT, arXiv 2303.08566, without the quirks of its code). All candidates are ranked
 * together by falling score, ties in registration order and then by flat index; the τ first are selected; an
 * {@link AllocationRule} says what each tensor's share becomes. For a budget, τ is the largest whose cost, class token
 * included, does not exceed it. Equal input gives equal plans. Holds the scores it is given and one histogram per tensor.
 */
public final class Allocator {
    private final List<Candidate> candidates;
    private final float[][] scores;
    private final PlanSource source;
    private final Ranking ranking;
    private final long size;

    /**
     * @param candidates in registration order
     * @param scores one array per candidate, row-major, every score finite and not negative; borrowed, must not change
     * @param source where the scores come from, kept in every plan
     * @throws DataException naming the tensor, if scores are missing, of another length, negative, infinite or not a number
     */
    public Allocator(List<Candidate> candidates, float[][] scores, PlanSource source) {
        requireMatching(candidates, scores);
        this.candidates = List.copyOf(candidates);
        this.scores = scores;
        this.source = source;
        ranking = new Ranking(candidates, scores);
        size = candidates.stream().mapToLong(Candidate::size).sum();
    }

    /** The number of weights over all candidates, the largest possible τ. */
    public long size() {
        return size;
    }

    /**
     * The plan of the τ most sensitive weights, whatever it costs.
     *
     * @param tau 0 to {@link #size()}
     * @throws ConfigException if τ is out of range
     */
    public Plan planForTau(AllocationRule rule, long tau) {
        if (rule.module().isOfBlock()) {
            throw new ConfigException("tau: selects individual weights, and the module " + rule.kinds()
                    + " chooses widths of blocks; give a budget");
        }
        return plan(rule, tau, OptionalLong.empty(), List.of());
    }

    /**
     * The plan of the largest τ whose cost does not exceed a budget.
     *
     * @param budget trainable parameters, head not counted
     * @throws ConfigException if the budget is not positive or does not cover the class token
     */
    public Plan planWithin(AllocationRule rule, long budget) {
        return plansWithin(rule, budget).get(0);
    }

    /**
     * As {@link #planWithin} for any number of budgets, from one selection.
     *
     * @return one plan per budget, in their order
     */
    public List<Plan> plansWithin(AllocationRule rule, long... budgets) {
        requireBudgets(rule, budgets);
        if (rule.module().isOfBlock()) {
            return Arrays.stream(budgets)
                    .mapToObj(budget -> ofBlocks(rule, budget, false))
                    .toList();
        }
        long[] limits =
                Arrays.stream(budgets).map(budget -> budget - rule.classToken()).toArray();
        RuleCharge charge = new RuleCharge(rule, candidates);
        long largest = largestCost(rule);
        List<Cut> cuts = ranking.cuts(charge, limits);
        List<Plan> plans = new ArrayList<>(budgets.length);
        for (int i = 0; i < budgets.length; i++) {
            List<String> notes = budgets[i] > largest
                    ? List.of(String.format(
                            Locale.ROOT,
                            "The budget of %,d is above the largest possible cost of %,d: every weight is selected.",
                            budgets[i],
                            largest))
                    : List.of();
            plans.add(plan(rule, cuts.get(i), OptionalLong.of(budgets[i]), notes));
        }
        return List.copyOf(plans);
    }

    /**
     * As {@link #planWithin}, and what is left of the budget goes to the next weights of the ranking one by one, passing over
     * those that would make another tensor structured. Such a plan costs exactly its budget unless there are no such weights
     * left.
     *
     * @throws ConfigException if the budget is not positive or does not cover the class token
     */
    public Plan planSpending(AllocationRule rule, long budget) {
        if (rule.module().isOfBlock()) {
            requireBudgets(rule, budget);
            return ofBlocks(rule, budget, true);
        }
        Plan within = planWithin(rule, budget);
        RuleCharge charge = new RuleCharge(rule, candidates);
        RestCharge rest = new RestCharge(
                charge, within.choices().stream().mapToInt(Choice::selected).toArray());
        Cut further = ranking.cuts(rest, budget - rule.classToken()).get(0);
        List<Choice> choices = new ArrayList<>();
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        for (int tensor = 0; tensor < candidates.size(); tensor++) {
            Choice settled = within.choices().get(tensor);
            int selected = settled.selected();
            if (!charge.isStructured(tensor, selected)) {
                selected = rest.single(tensor, further.selected(tensor));
            }
            choices.add(new Choice(settled.candidate(), selected, settled.threshold()));
            if (charge.isSparse(tensor, selected)) {
                int[] positions = further.indices(tensor, scores[tensor]).toArray();
                sparse.put(
                        settled.candidate().name(),
                        FlatIndices.of(RestCharge.highest(positions, scores[tensor], selected)));
            }
        }
        long singles = sparse.values().stream().mapToLong(FlatIndices::size).sum();
        PlanCost cost = within.cost();
        return new Plan(
                rule,
                within.matrices(),
                within.vectors(),
                within.prompts(),
                sparse,
                new PlanCost(cost.modules(), cost.vectors(), singles, cost.classToken()),
                choices.stream().mapToLong(Choice::selected).sum(),
                within.budget(),
                choices,
                within.notes(),
                source);
    }

    /**
     * The plan with the best widths of blocks.
     *
     * @param spendsRest whether what is left goes to the most sensitive weights, one by one
     */
    private Plan ofBlocks(AllocationRule rule, long budget, boolean spendsRest) {
        List<BlockWidth> blocks = WidthChoice.choose(candidates, scores, budget - rule.classToken());
        long modules = blocks.stream().mapToLong(BlockWidth::parameters).sum();
        long rest = spendsRest ? Math.min(size, budget - rule.classToken() - modules) : 0;
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        Cut cut = ranking.cuts(Charge.COUNT, rest).get(0);
        for (int tensor = 0; tensor < candidates.size(); tensor++) {
            if (cut.selected(tensor) > 0 && candidates.get(tensor).isDivisible()) {
                sparse.put(candidates.get(tensor).name(), cut.indices(tensor, scores[tensor]));
            }
        }
        long singles = sparse.values().stream().mapToLong(FlatIndices::size).sum();
        PlanCost cost = new PlanCost(modules, 0, singles, rule.classToken());
        List<String> notes = new ArrayList<>();
        if (modules == 0) {
            notes.add("The budget does not cover a module behind any block.");
        }
        return new Plan(
                rule,
                List.of(),
                List.of(),
                List.of(),
                blocks,
                sparse,
                cost,
                singles,
                OptionalLong.of(budget),
                List.of(),
                notes,
                source);
    }

    /** The cost of a plan that selects every weight, class token included. No plan under this rule costs more. */
    public long largestCost(AllocationRule rule) {
        int[] everything = candidates.stream().mapToInt(Candidate::size).toArray();
        return new RuleCharge(rule, candidates).total(everything) + rule.classToken();
    }

    /**
     * What plans for many τ would cost, from one selection and without making the plans.
     *
     * @param taus each 0 to {@link #size()}
     * @return one cost per τ, class token not included
     * @throws ConfigException if a τ is out of range
     */
    public long[] costs(AllocationRule rule, long... taus) {
        requireTaus(taus);
        RuleCharge charge = new RuleCharge(rule, candidates);
        return ranking.cuts(Charge.COUNT, taus).stream()
                .mapToLong(cut -> cut.total(charge))
                .toArray();
    }

    Plan plan(AllocationRule rule, long tau, OptionalLong budget, List<String> notes) {
        requireTaus(tau);
        return plan(rule, ranking.cuts(Charge.COUNT, tau).get(0), budget, notes);
    }

    private Plan plan(AllocationRule rule, Cut cut, OptionalLong budget, List<String> notes) {
        RuleCharge charge = new RuleCharge(rule, candidates);
        List<String> matrices = new ArrayList<>();
        List<String> vectors = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        List<Choice> choices = new ArrayList<>();
        long modules = 0;
        long wholes = 0;
        long singles = 0;
        for (int tensor = 0; tensor < candidates.size(); tensor++) {
            Candidate candidate = candidates.get(tensor);
            int selected = cut.selected(tensor);
            choices.add(new Choice(candidate, selected, rule.threshold(candidate)));
            if (charge.isSparse(tensor, selected)) {
                sparse.put(candidate.name(), cut.indices(tensor, scores[tensor]));
                singles += selected;
            } else if (charge.isStructured(tensor, selected)) {
                long structured = rule.structuredCost(candidate);
                switch (candidate.kind()) {
                    case MATRIX -> {
                        matrices.add(candidate.name());
                        modules += structured;
                    }
                    case PROMPT -> {
                        prompts.add(candidate.name());
                        modules += structured;
                    }
                    case VECTOR -> {
                        vectors.add(candidate.name());
                        wholes += structured;
                    }
                }
            }
        }
        PlanCost cost = new PlanCost(modules, wholes, singles, rule.classToken());
        List<String> allNotes = new ArrayList<>(notes);
        if (cost.total() == cost.classToken()) {
            allNotes.add("Nothing is tuned but the head" + (rule.classToken() > 0 ? " and the class token." : "."));
        }
        return new Plan(rule, matrices, vectors, prompts, sparse, cost, cut.tau(), budget, choices, allNotes, source);
    }

    private static void requireMatching(List<Candidate> candidates, float[][] scores) {
        if (candidates.size() != scores.length || candidates.size() > Ranking.MAX_TENSORS) {
            throw new DataException("scores: expected one tensor for each of " + candidates.size()
                    + " candidates (at most " + Ranking.MAX_TENSORS + "), found " + scores.length);
        }
        Set<String> names = new HashSet<>();
        for (int tensor = 0; tensor < scores.length; tensor++) {
            Candidate candidate = candidates.get(tensor);
            if (!names.add(candidate.name())) {
                throw new DataException("scores: tensor " + candidate.name() + " is a candidate twice");
            }
            if (scores[tensor].length != candidate.size()) {
                throw new DataException("scores: tensor " + candidate.name() + ": expected " + candidate.rows() + " x "
                        + candidate.cols() + " = " + candidate.size() + " scores, found " + scores[tensor].length);
            }
        }
    }

    private void requireTaus(long... taus) {
        for (long tau : taus) {
            if (tau < 0 || tau > size) {
                throw new ConfigException(
                        "tau: expected 0 to " + size + " (all candidate weights of this backbone), found " + tau);
            }
        }
    }

    private static void requireBudgets(AllocationRule rule, long... budgets) {
        for (long budget : budgets) {
            if (budget <= 0) {
                throw new ConfigException("budget: expected a positive number of parameters, found " + budget);
            }
            if (budget < rule.classToken()) {
                throw new ConfigException("budget: " + budget + " does not cover the class token of "
                        + rule.classToken() + " parameters; raise the budget or leave the class token frozen");
            }
        }
    }
}
