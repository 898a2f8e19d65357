package dev.inlay.backbone;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Hooks into a backbone's forward pass: values for frozen parameters, changes to outputs, tokens put in. Every method has a default that leaves the backbone as it is;
 * a method of tuning overrides what it needs.
 */
public interface ForwardHooks {
    /** Changes nothing. */
    ForwardHooks NONE = new ForwardHooks() {};

    /**
     * The value a pass uses for a frozen parameter.
     *
     * @param name timm's name of the parameter
     * @param base its frozen value; never written
     * @return {@code base}, or a tensor of the same shape; for tunable parameters that {@linkplain TunableParameter#variesByImage vary by image} also
     *     one value for each: (B, 1, n) for a vector (n), (B, k, D) for tokens (1, k, D) or a table (k, D)
     */
    default Tensor parameter(String name, Tensor base) {
        return base;
    }

    /**
     * Told of each product y = x Wᵀ + b right after it was computed; in a pass without gradients, y may be written.
     *
     * @param weight timm's name of W
     * @param x (…, in) what went in
     * @param y (…, out) what came out; all linear layers of a fused W together
     */
    default void product(String weight, Tensor x, Tensor y) {}

    /**
     * The output of a place.
     *
     * @param place name of the {@link HookPoint}, such as {@code blocks.3.attn.q}
     * @param x (B, M, in) its input; behind the last block's attention only the tokens that are read out may be there
     * @param y (B, M, out) its output so far; in a pass without gradients, it may be written
     * @param dropout the pass's noise, for methods that drop
     * @return {@code y} or what takes its place
     */
    default Tensor output(String place, Tensor x, Tensor y, Dropout dropout) {
        return y;
    }

    /**
     * Told of what a block's attention compares, where all of its tokens attend to all others.
     *
     * @param block index of the block
     * @param q (B, M, D) queries, all heads side by side; behind the last block only the tokens that are read out may be there
     * @param k (B, N + p, D) keys of the block's tokens, and those of its {@link #context}
     * @param heads a divisor of D; each head compares with softmax(q kᵀ / √(D / heads))
     */
    default void attention(int block, Tensor q, Tensor k, int heads) {}

    /**
     * The tokens that enter a block. Tokens put in here are ordinary from then on: they ask and answer, and leave the block.
     *
     * @param block index of the block
     * @param x (B, N, D), the class token, if there is one, first
     * @return {@code x} or what takes its place, with any number of tokens
     */
    default Tensor tokens(int block, Tensor x, Dropout dropout) {
        return x;
    }

    /**
     * Tokens that a block's attention reads besides its own, as further keys and values. They ask nothing, so nothing of
     * them leaves the block.
     *
     * @param block index of the block
     * @return (B, p, D), or (1, p, D) if they are the same for every image
     */
    default Optional<Tensor> context(int block, Dropout dropout) {
        return Optional.empty();
    }

    /** Whether other tokens than the backbone reads may be read; if not, they need not leave the last block. */
    default boolean readsOthers() {
        return false;
    }

    /**
     * Which of the tokens that leave the last block are read out; asked for others than the backbone's own only if it
     * {@linkplain #readsOthers says so}.
     *
     * @param x (B, N, D) all that are there
     * @param own (B, M, D) those that the backbone reads
     * @return (B, K, D), to be normalised and averaged, or averaged and normalised
     */
    default Tensor pooled(Tensor x, Tensor own) {
        return own;
    }
}
