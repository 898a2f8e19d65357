package dev.inlay.record;

import java.util.Objects;

/**
 * What the sensitivity pass saw in one tensor of the backbone and what the plan made of it.
 *
 * @param name its name, q, k and v apart, such as {@code blocks.3.attn.q.weight}
 * @param block the block it is in, from 0; null for a tensor outside the blocks
 * @param operation what it belongs to within its block, such as {@code attn.q}, {@code mlp.fc1} or {@code norm1}
 * @param part {@code weight} or {@code bias}
 * @param size how many numbers it has
 * @param selected how many of them are among the tau most sensitive
 * @param scoreSum sum of its scores (squared gradients)
 * @param tuned how the plan treats it
 * @param parameters how many trained parameters it costs; 0 if frozen
 */
public record TensorRecord(
        String name,
        Integer block,
        String operation,
        String part,
        long size,
        long selected,
        double scoreSum,
        Tuned tuned,
        long parameters) {
    /**
     * @throws IllegalArgumentException if a count is negative, {@code selected} above {@code size}, or the score not
     *     finite
     */
    public TensorRecord {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(operation, "operation");
        Objects.requireNonNull(part, "part");
        Objects.requireNonNull(tuned, "tuned");
        Check.notNegative("size", size);
        Check.notNegative("selected", selected);
        Check.notNegative("parameters", parameters);
        Check.finite("scoreSum", scoreSum);
        if (selected > size) {
            throw new IllegalArgumentException(
                    name + ": selected must be at most its size " + size + ", is " + selected);
        }
    }
}
