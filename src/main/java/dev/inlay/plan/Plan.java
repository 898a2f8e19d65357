package dev.inlay.plan;

import dev.inlay.plan.Candidate.Kind;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The result of spending a budget on sensitivity scores: which matrices get a module, which vectors are tuned whole, which
 * weights are tuned one by one, and why. Holds no tensors. All names are timm's parameter names with q, k and v apart;
 * lists and maps keep registration order. The head is always tuned and never part of a plan.
 *
 * @param rule how the selection became this plan: module kind and rank, thresholds, class token
 * @param matrices weights (names ending in {@code .weight}) whose linear layer gets a module
 * @param vectors fully tuned vectors
 * @param prompts prompts that attention reads besides its tokens, by their {@link PromptName}
 * @param blocks the widths of blocks behind which a module of Adapter+ stands, and of those that stay as they are; empty where
 *     modules are of matrices
 * @param sparse individual weights: parameter name to positions in that (q, k, v apart) tensor, never empty
 * @param cost trainable parameters by part
 * @param tau τ, how many of the most sensitive weights were selected
 * @param budget the limit that τ was found for; empty if τ was asked for
 * @param choices why, for every candidate; empty for a plan written by hand
 * @param notes what a person should know about this plan, one sentence each
 * @param source where the scores come from
 */
public record Plan(
        AllocationRule rule,
        List<String> matrices,
        List<String> vectors,
        List<String> prompts,
        List<BlockWidth> blocks,
        Map<String, FlatIndices> sparse,
        PlanCost cost,
        long tau,
        OptionalLong budget,
        List<Choice> choices,
        List<String> notes,
        PlanSource source) {

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException if the parts contradict each other: see the messages
     */
    public Plan {
        matrices = List.copyOf(matrices);
        vectors = List.copyOf(vectors);
        prompts = List.copyOf(prompts);
        blocks = List.copyOf(blocks);
        sparse = Collections.unmodifiableMap(new LinkedHashMap<>(sparse));
        choices = List.copyOf(choices);
        notes = List.copyOf(notes);
        PlanConsistency.requireEachNameOnce(matrices, vectors, prompts, sparse.keySet());
        PlanConsistency.requireCost(cost, rule, sparse);
        PlanConsistency.requireBlocks(blocks, matrices, rule, cost);
        if (!choices.isEmpty()) {
            Map<String, Candidate> candidates = PlanConsistency.requireCandidates(choices, tau);
            long modules = PlanConsistency.requireStructured("matrices", matrices, Kind.MATRIX, candidates, rule)
                    + PlanConsistency.requireStructured("prompts", prompts, Kind.PROMPT, candidates, rule)
                    + blocks.stream().mapToLong(BlockWidth::parameters).sum();
            PlanConsistency.requireCost("matrices and prompts", cost.modules(), modules);
            long wholes = PlanConsistency.requireStructured("vectors", vectors, Kind.VECTOR, candidates, rule);
            PlanConsistency.requireCost("vectors", cost.vectors(), wholes);
            PlanConsistency.requireInside(sparse, candidates);
        }
    }

    /** A plan whose modules are of matrices. */
    public Plan(
            AllocationRule rule,
            List<String> matrices,
            List<String> vectors,
            List<String> prompts,
            Map<String, FlatIndices> sparse,
            PlanCost cost,
            long tau,
            OptionalLong budget,
            List<Choice> choices,
            List<String> notes,
            PlanSource source) {
        this(rule, matrices, vectors, prompts, List.of(), sparse, cost, tau, budget, choices, notes, source);
    }

    /** Whether the class token is tuned. */
    public boolean tunesClassToken() {
        return rule.classToken() > 0;
    }
}
