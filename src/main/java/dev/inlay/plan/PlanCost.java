package dev.inlay.plan;

/**
 * Trainable parameters of a plan, by part. The head is never counted.
 *
 * @param modules parameters of all modules
 * @param vectors entries of all fully tuned vectors
 * @param sparse individual weights
 * @param classToken length of the class token if it is tuned, else 0
 */
public record PlanCost(long modules, long vectors, long sparse, long classToken) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException if a part is negative
     */
    public PlanCost {
        if (modules < 0 || vectors < 0 || sparse < 0 || classToken < 0) {
            throw new IllegalArgumentException(
                    "no part of a cost is negative: " + modules + ", " + vectors + ", " + sparse + ", " + classToken);
        }
    }

    /** The sum of all parts, what a budget limits. */
    public long total() {
        return modules + vectors + sparse + classToken;
    }
}
