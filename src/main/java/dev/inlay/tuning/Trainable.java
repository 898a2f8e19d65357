package dev.inlay.tuning;

import org.bytedeco.pytorch.Tensor;

/**
 * A tensor that training changes.
 *
 * @param name in the task file and in the native container, such as {@code lora.blocks.0.attn.q.A}
 * @param tensor a leaf that requires a gradient; owned by its {@link Tuning}
 * @param part what it counts as
 * @param decays whether weight decay acts on it: matrices do, vectors, single weights, tokens and biases do not (spec of
 *     SPT's optimiser groups)
 */
public record Trainable(String name, Tensor tensor, Part part, boolean decays) {
    /** What a trainable counts as when parameters are counted. */
    public enum Part {
        /** LoRA, adapter and the like. */
        MODULE,
        /** Vectors tuned whole. */
        VECTOR,
        /** Weights tuned one by one. */
        SPARSE,
        /** The class token. */
        CLASS_TOKEN,
        /** Parameters of the backbone tuned whole by methods that tune matrices. */
        BACKBONE,
        /** The classifier, which never counts against a budget. */
        HEAD
    }
}
