package dev.inlay.plan.allocation;

import java.util.Arrays;

/**
 * What a selection costs once it is settled which tensors are structured: those cost what they cost, however many more of
 * their weights are selected, and the others take individual weights until one more would make them structured.
 */
final class RestCharge implements Charge {
    private final RuleCharge rule;
    private final int[] settled;

    /**
     * @param settled selected weights per tensor of the selection that settles it
     */
    RestCharge(RuleCharge rule, int[] settled) {
        this.rule = rule;
        this.settled = settled;
    }

    @Override
    public long of(int tensor, int selected) {
        if (rule.isStructured(tensor, settled[tensor])) {
            return selected == 0 ? 0 : rule.of(tensor, settled[tensor]);
        }
        return rule.of(tensor, single(tensor, selected));
    }

    /** How many of the selected weights of a tensor that is not structured are tuned. */
    int single(int tensor, int selected) {
        return (int) Math.min(selected, rule.largestSparse(tensor));
    }

    /** The first {@code count} of some positions in the order of the ranking, ascending. */
    static int[] highest(int[] positions, float[] scores, int count) {
        return Arrays.stream(positions)
                .boxed()
                .sorted((a, b) -> Float.compare(scores[b] + 0f, scores[a] + 0f))
                .limit(count)
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
    }
}
