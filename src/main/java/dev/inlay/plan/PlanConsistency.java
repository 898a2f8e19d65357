package dev.inlay.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must hold between the parts of a plan; a contradiction is an {@link IllegalArgumentException} that names it. */
final class PlanConsistency {
    private PlanConsistency() {}

    /** No tensor is tuned in two ways. */
    static void requireEachNameOnce(
            List<String> matrices, List<String> vectors, List<String> prompts, Set<String> sparse) {
        List<String> names = new ArrayList<>(matrices);
        names.addAll(vectors);
        names.addAll(prompts);
        names.addAll(sparse);
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            require(seen.add(name), name + " is named twice among matrices, vectors, prompts and sparse");
        }
    }

    /** The parts of the cost that need no sizes of tensors. */
    static void requireCost(PlanCost cost, AllocationRule rule, Map<String, FlatIndices> sparse) {
        sparse.forEach((name, indices) -> require(!indices.isEmpty(), "sparse." + name + " is empty"));
        long positions = sparse.values().stream().mapToLong(FlatIndices::size).sum();
        require(cost.sparse() == positions, "cost.sparse is " + cost.sparse() + ", but sparse has " + positions);
        require(
                cost.classToken() == rule.classToken(),
                "cost.classToken is " + cost.classToken() + ", but rule.classToken is " + rule.classToken());
    }

    /** Blocks ascend, are there only where the rule has modules of blocks, and cost what the modules cost. */
    static void requireBlocks(List<BlockWidth> blocks, List<String> matrices, AllocationRule rule, PlanCost cost) {
        for (int i = 1; i < blocks.size(); i++) {
            require(blocks.get(i).block() > blocks.get(i - 1).block(), "the blocks do not ascend");
        }
        if (rule.module().isOfBlock()) {
            require(matrices.isEmpty(), matrices + " have modules, but those of the rule are of blocks");
            requireCost(
                    "blocks",
                    cost.modules(),
                    blocks.stream().mapToLong(BlockWidth::parameters).sum());
        } else {
            require(blocks.isEmpty(), "blocks have widths, but modules of the rule are of matrices");
        }
    }

    /** The candidates by name, each once, with τ selected weights in all. */
    static Map<String, Candidate> requireCandidates(List<Choice> choices, long tau) {
        Map<String, Candidate> candidates = new LinkedHashMap<>();
        for (Choice choice : choices) {
            Candidate candidate = choice.candidate();
            require(candidates.put(candidate.name(), candidate) == null, candidate.name() + " is a candidate twice");
        }
        long selected = choices.stream().mapToLong(Choice::selected).sum();
        require(tau == selected, "tau is " + tau + ", but the candidates have " + selected + " selected weights");
        return candidates;
    }

    /** Structured tensors are candidates of the right kind; returns what they cost. */
    static long requireStructured(
            String part,
            List<String> names,
            Candidate.Kind kind,
            Map<String, Candidate> candidates,
            AllocationRule rule) {
        long sum = 0;
        for (String name : names) {
            Candidate candidate = candidates.get(name);
            require(
                    candidate != null && candidate.kind() == kind,
                    name + " is not a candidate that can be among the " + part);
            sum += rule.structuredCost(candidate);
        }
        return sum;
    }

    /** The cost of a part is what its tensors cost. */
    static void requireCost(String part, long cost, long sum) {
        require(cost == sum, "the cost of " + part + " is " + cost + ", but they have " + sum + " parameters");
    }

    /** Every position is inside its tensor. */
    static void requireInside(Map<String, FlatIndices> sparse, Map<String, Candidate> candidates) {
        sparse.forEach((name, indices) -> {
            Candidate candidate = candidates.get(name);
            require(
                    candidate != null && candidate.isDivisible(),
                    "sparse." + name + " is not a candidate that can be tuned weight by weight");
            require(
                    indices.last() < candidate.size(),
                    "sparse." + name + ": index " + indices.last() + " is outside its " + candidate.size()
                            + " weights");
        });
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }
}
