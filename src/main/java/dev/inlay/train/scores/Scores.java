package dev.inlay.train.scores;

import dev.inlay.error.ConfigException;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.PlanSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A sensitivity for every weight of every candidate, ready for allocation.
 *
 * @param candidates the tensors that were scored, in registration order
 * @param values one array per candidate, row-major; borrowed
 * @param classToken length of the backbone's class token; 0 if it has none
 * @param backboneParameters how many parameters the backbone has in all; empty for scores that do not say
 * @param source the backbone's fingerprint and how the scores were computed
 */
public record Scores(
        List<Candidate> candidates,
        float[][] values,
        int classToken,
        OptionalLong backboneParameters,
        PlanSource source) {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is not one array of the right length for each candidate
     */
    public Scores {
        candidates = List.copyOf(candidates);
        if (candidates.size() != values.length) {
            throw new IllegalArgumentException(candidates.size() + " candidates, but " + values.length + " arrays");
        }
        for (int i = 0; i < values.length; i++) {
            if (values[i].length != candidates.get(i).size()) {
                throw new IllegalArgumentException(candidates.get(i).name() + ": expected "
                        + candidates.get(i).size() + " scores, found " + values[i].length);
            }
        }
    }

    /**
     * The scores of what a pass uses in a block or behind it.
     *
     * @param block index; 0 leaves nothing out, the class token included
     * @throws ConfigException if there is no such block
     */
    public Scores from(int block) {
        if (block == 0) {
            return this;
        }
        int last = candidates.stream().mapToInt(Candidate::block).max().orElse(-1);
        if (block < 0 || block > last) {
            throw new ConfigException(
                    "first block: expected 0 to " + last + ", the last block that was scored, found " + block);
        }
        Set<Candidate> behind = Set.copyOf(Candidate.from(candidates, block));
        float[][] kept = IntStream.range(0, values.length)
                .filter(i -> behind.contains(candidates.get(i)))
                .mapToObj(i -> values[i])
                .toArray(float[][]::new);
        return new Scores(Candidate.from(candidates, block), kept, 0, backboneParameters, source);
    }
}
