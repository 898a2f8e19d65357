package dev.inlay.plan.allocation;

import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import java.util.List;

/** Trainable parameters of a selection under a rule, without the class token. */
final class RuleCharge implements Charge {
    private final long[] structuredCosts;
    private final long[] thresholds;
    private final boolean[] singleWeights;

    RuleCharge(AllocationRule rule, List<Candidate> candidates) {
        structuredCosts = candidates.stream().mapToLong(rule::structuredCost).toArray();
        thresholds = candidates.stream()
                .mapToLong(candidate -> rule.threshold(candidate).orElse(Long.MAX_VALUE))
                .toArray();
        singleWeights = new boolean[thresholds.length];
        for (int tensor = 0; tensor < singleWeights.length; tensor++) {
            singleWeights[tensor] =
                    rule.tunesSingleWeights() && candidates.get(tensor).isDivisible();
        }
    }

    @Override
    public long of(int tensor, int selected) {
        if (isStructured(tensor, selected)) {
            return structuredCosts[tensor];
        }
        return singleWeights[tensor] ? selected : 0;
    }

    boolean isStructured(int tensor, int selected) {
        return selected >= thresholds[tensor];
    }

    /** How many weights of a tensor may be selected before it is structured. */
    long largestSparse(int tensor) {
        return thresholds[tensor] - 1;
    }

    boolean isSparse(int tensor, int selected) {
        return singleWeights[tensor] && selected > 0 && !isStructured(tensor, selected);
    }
}
