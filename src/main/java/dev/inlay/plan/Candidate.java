package dev.inlay.plan;

import dev.inlay.backbone.TunableParameter;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor that a budget may be spent on. Lists of candidates are in registration order, the order that breaks ties.
 *
 * @param name timm's parameter name with q, k and v apart, e.g. {@code blocks.0.attn.q.weight}; a prompt's is like
 *     {@code prompt.blocks.0.3}
 * @param kind what the tensor is, as its tunable parameter says; never guessed from the name
 * @param rows output features of a matrix, length of a vector or prompt; at least 1
 * @param cols input features of a matrix, otherwise 1
 * @param block index of the block that holds it, -1 outside the blocks
 * @param operation the operation within the block, the same for its weight and bias, e.g. {@code attn.q}, {@code norm1}
 */
public record Candidate(String name, Kind kind, int rows, int cols, int block, String operation) {
    /** What a candidate is. */
    public enum Kind {
        /** The (out, in) weight of a linear layer. */
        MATRIX,
        /** A bias, the scale or shift of a normalisation; a table of position biases or depth-wise filters end to end. */
        VECTOR,
        /** A token that attention could read besides its own; it is there whole or not at all. */
        PROMPT
    }

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException if a size is out of range or the tensor has 2³¹ elements or more
     */
    public Candidate {
        if (rows < 1 || cols < 1 || (long) rows * cols > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    name + ": expected 1 to 2147483647 elements, found " + rows + " x " + cols);
        }
        if (kind != Kind.MATRIX && cols != 1) {
            throw new IllegalArgumentException(name + ": only a matrix has columns, found " + cols);
        }
        if (block < -1) {
            throw new IllegalArgumentException(name + ": block " + block + " is below -1");
        }
    }

    /**
     * The matrices, vectors, tables of position biases and depth-wise filters of a backbone, in its order. Class token, position table and patch
     * filters are no candidates.
     *
     * @param tunables all tunable parameters of the backbone
     */
    public static List<Candidate> among(List<TunableParameter> tunables) {
        List<Candidate> candidates = new ArrayList<>();
        for (TunableParameter tunable : tunables) {
            switch (tunable.kind()) {
                case MATRIX -> candidates.add(of(tunable, Kind.MATRIX, tunable.rows(), tunable.rowSize()));
                case VECTOR, POSITION_BIAS, DEPTHWISE_FILTERS ->
                    candidates.add(of(tunable, Kind.VECTOR, tunable.size(), 1));
                case CLASS_TOKEN, TOKENS, POSITION_TABLE, PATCH_FILTERS -> {}
            }
        }
        return List.copyOf(candidates);
    }

    /**
     * Those that a pass uses in a block or behind it.
     *
     * @param candidates in registration order: outside of the blocks, what is used before them stands before them
     * @param block index; 0 leaves none out
     */
    public static List<Candidate> from(List<Candidate> candidates, int block) {
        if (block == 0) {
            return List.copyOf(candidates);
        }
        return candidates.stream()
                .dropWhile(candidate -> candidate.block() < 0)
                .filter(candidate -> candidate.block() < 0 || candidate.block() >= block)
                .toList();
    }

    /**
     * A prompt.
     *
     * @param embedDim width of a token in its block, D
     */
    public static Candidate prompt(PromptName prompt, int embedDim) {
        return new Candidate(prompt.toString(), Kind.PROMPT, embedDim, 1, prompt.block(), PromptName.OPERATION);
    }

    /** The number of scalars. */
    public int size() {
        return rows * cols;
    }

    /** Whether the tensor is a vector. */
    public boolean isVector() {
        return kind == Kind.VECTOR;
    }

    /** Whether weights of it may be tuned one by one. */
    public boolean isDivisible() {
        return kind != Kind.PROMPT;
    }

    private static Candidate of(TunableParameter tunable, Kind kind, long rows, long cols) {
        return new Candidate(
                tunable.name(),
                kind,
                Math.toIntExact(rows),
                Math.toIntExact(cols),
                tunable.block(),
                tunable.operation());
    }
}
