package dev.inlay.backbone;

/**
 * A step of a backbone's forward pass whose output a module may change: where LoRA, adapters and the like sit.
 *
 * @param name such as {@code blocks.3.attn.q}, {@code blocks.3.mlp} or {@code norm}; unique in its backbone
 * @param kind what the step computes; methods choose by it and never by the name
 * @param block index of the block it is in or leads to, or -1 outside of all blocks
 * @param operation the place inside the block, such as {@code attn.q}; empty for a whole block
 * @param in width of what goes in, per token
 * @param out width of what comes out, per token
 */
public record HookPoint(String name, Kind kind, int block, String operation, int in, int out) {
    /** What a step computes. */
    public enum Kind {
        /** The embedding of patches: images (B, 3, H, W) to tokens (B, N, D), before positions are added. */
        PATCHES,
        /** A normalisation with a scale and a shift. */
        NORM,
        /** A linear layer; query, key and value are three. */
        LINEAR,
        /** The attention of a block: normalised tokens to what is added to the stream. */
        ATTENTION,
        /** The MLP of a block: normalised tokens to what is added to the stream. */
        MLP,
        /** A whole block: the stream that enters it to the stream behind it. */
        BLOCK
    }
}
