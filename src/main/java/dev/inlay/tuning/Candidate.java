package dev.inlay.tuning;

/**
 * A tensor that a budget may be spent on. Lists of candidates are in registration order, the order that breaks ties.
 *
 * @param name timm's parameter name with q, k and v apart, e.g. {@code blocks.0.attn.q.weight}
 * @param kind what the tensor is in its layer
 * @param rows output features of a matrix, length of a vector; at least 1
 * @param cols input features of a matrix, 1 for a vector
 * @param block index of the block that holds it, -1 outside the blocks
 * @param operation the operation within the block, the same for its weight and bias, e.g. {@code attn.q}, {@code norm1}
 */
public record Candidate(String name, TensorKind kind, int rows, int cols, int block, String operation) {
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
        if (kind.isVector() && cols != 1) {
            throw new IllegalArgumentException(name + ": a vector has 1 column, found " + cols);
        }
        if (block < -1) {
            throw new IllegalArgumentException(name + ": block " + block + " is below -1");
        }
    }

    /** The number of scalars. */
    public int size() {
        return rows * cols;
    }
}
