package dev.inlay.backbone;

import java.util.List;

/**
 * A frozen parameter that may be tuned, or a range of its rows. The query, key and value
 * matrices are three slices of one fused parameter; most others are whole parameters.
 *
 * @param name the parameter's name with q, k and v apart, such as {@code blocks.3.attn.q.weight}
 * @param kind what may be done there
 * @param parameter timm's name of the parameter that holds it, such as {@code blocks.3.attn.qkv.weight}
 * @param firstRow where the tunable parameter starts in the parameter's first dimension
 * @param shape sizes of the tunable parameter; the first counts its rows
 * @param block index of the block it is in or leads to, or -1 outside of all blocks
 * @param operation the place inside the block, such as {@code attn.q} or {@code norm1}
 */
public record TunableParameter(
        String name, Kind kind, String parameter, long firstRow, List<Long> shape, int block, String operation) {

    /** What a tunable parameter is; methods choose by it and never by the name. */
    public enum Kind {
        /** The learned token that reads the image out, (1, 1, D). */
        CLASS_TOKEN,
        /** Learned tokens beside the class token, such as registers, (1, n, D). */
        TOKENS,
        /** The learned table of positions, (1, N, D). */
        POSITION_TABLE,
        /** Filters or bias of the patch embedding. */
        PATCH_FILTERS,
        /** The (out, in) matrix of a linear layer; (out, in, h, w) where it reads squares of tokens, end to end. */
        MATRIX,
        /** Filters of a convolution that keeps channels apart, (channels, 1, h, w). */
        DEPTHWISE_FILTERS,
        /** A bias, the scale or shift of a normalisation, or another scale of each number of a token, (n). */
        VECTOR,
        /** The learned table of what a block's attention adds for two tokens so and so far apart, (distances, heads). */
        POSITION_BIAS
    }

    /** Copies the shape. */
    public TunableParameter {
        shape = List.copyOf(shape);
    }

    /** How many numbers the tunable parameter holds. */
    public long size() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** How many rows of the parameter the tunable parameter covers. */
    public long rows() {
        return shape.get(0);
    }

    /** How many numbers one row holds. */
    public long rowSize() {
        return size() / rows();
    }

    /** Whether the tunable parameter's numbers are added: the bias of a product or of positions, the shift of a normalisation. */
    public boolean isBias() {
        return kind == Kind.POSITION_BIAS || name.endsWith(".bias");
    }

    /**
     * Whether a pass may use another value for each of its images, see {@link ForwardHooks#parameter}: vectors, tokens, and what
     * is added; no matrices and filters.
     */
    public boolean variesByImage() {
        return switch (kind) {
            case CLASS_TOKEN, TOKENS, POSITION_TABLE, VECTOR, POSITION_BIAS -> true;
            case MATRIX, PATCH_FILTERS, DEPTHWISE_FILTERS -> isBias();
        };
    }

    /**
     * How many numbers a backbone's class token holds; 0 if it has none.
     *
     * @param tunables all of the backbone
     */
    public static int classToken(List<TunableParameter> tunables) {
        return Math.toIntExact(tunables.stream()
                .filter(tunable -> tunable.kind() == Kind.CLASS_TOKEN)
                .mapToLong(TunableParameter::size)
                .sum());
    }

    /** For a matrix: the linear layer it belongs to, such as {@code blocks.3.attn.q}. */
    public String linear() {
        if (kind != Kind.MATRIX) {
            throw new IllegalStateException(name + " is a " + kind + ", not the matrix of a linear layer");
        }
        return name.substring(0, name.lastIndexOf('.'));
    }
}
