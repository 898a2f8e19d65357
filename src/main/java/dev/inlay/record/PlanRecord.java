package dev.inlay.record;

import java.util.List;
import java.util.Objects;

/**
 * The plan of a run in words and counts, without its indices.
 *
 * @param module what planned matrices get, such as {@code lora}, or all kinds, such as {@code lora or ssf}
 * @param rank rank or bottleneck width of the modules
 * @param alpha a matrix gets a module if at least its module's cost over {@code alpha} of its weights are selected
 * @param beta a vector is tuned whole if at least its length over {@code beta} of its numbers are selected
 * @param budget the most parameters allowed without the head; null if {@code tau} was given instead
 * @param tau how many of the most sensitive weights were selected
 * @param cost parameters the plan trains, without the head
 * @param blocks the widths of modules behind blocks; null where modules are of matrices
 * @param tensors every candidate tensor in registration order
 */
public record PlanRecord(
        String module,
        int rank,
        double alpha,
        double beta,
        Long budget,
        long tau,
        long cost,
        List<BlockRecord> blocks,
        List<TensorRecord> tensors) {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if a count is negative
     */
    public PlanRecord {
        Objects.requireNonNull(module, "module");
        Check.notNegative("rank", rank);
        Check.notNegative("tau", tau);
        Check.notNegative("cost", cost);
        blocks = blocks == null ? null : List.copyOf(blocks);
        tensors = List.copyOf(tensors);
    }
}
