package dev.inlay.tuning;

import dev.inlay.backbone.TunableParameter;
import org.bytedeco.pytorch.Tensor;

/**
 * A tensor that training changes.
 *
 * @param name in the task file and in the native container, such as {@code lora.blocks.0.attn.q.A}
 * @param tensor a leaf; requires a gradient unless it is a {@link Role#STATISTIC}; owned by its {@link Tuning}
 * @param role what it counts as
 * @param kind what it is to the network; rules of weight decay choose by it
 */
public record Trainable(String name, Tensor tensor, Role role, Kind kind) {
    /** Whether the optimiser changes it. */
    public boolean isLearned() {
        return role != Role.STATISTIC;
    }

    /** What a trainable is to the network. */
    public enum Kind {
        /** Multiplies: a matrix, a norm's scale, single entries of either. */
        WEIGHT,
        /** Is added: the bias of a matrix, a norm or positions, single entries of them. */
        BIAS,
        /** Is itself part of the input: a class token, registers, a position table, prompts. */
        TOKEN;

        /** What the value of a tunable parameter is. */
        public static Kind of(TunableParameter tunable) {
            return switch (tunable.kind()) {
                case CLASS_TOKEN, TOKENS, POSITION_TABLE -> TOKEN;
                case MATRIX, VECTOR, PATCH_FILTERS, DEPTHWISE_FILTERS, POSITION_BIAS ->
                    tunable.isBias() ? BIAS : WEIGHT;
            };
        }
    }

    /** What a trainable counts as when parameters are counted. */
    public enum Role {
        /** LoRA, adapters, prompts and the like. */
        MODULE,
        /** Fully tuned vectors. */
        VECTOR,
        /** Individual weights. */
        SPARSE,
        /** The class token. */
        CLASS_TOKEN,
        /** Parameters of the backbone tuned whole by methods that tune matrices. */
        BACKBONE,
        /** The classifier, which never counts against a budget. */
        HEAD,
        /** Kept by training without being learned, such as a running mean; counts as nothing. */
        STATISTIC
    }
}
