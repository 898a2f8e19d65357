package dev.inlay.train.optim;

import dev.inlay.error.ConfigException;
import java.util.List;
import java.util.Objects;

/**
 * AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).
 *
 * @param beta1 how much of the mean of the gradients stays in each step; in [0, 1)
 * @param beta2 how much of the mean of their squares stays in each step; in [0, 1)
 * @param epsilon keeps the division finite; above 0
 * @param form which of the two published formulas
 */
public record AdamWSpec(double beta1, double beta2, double epsilon, Form form) implements OptimizerSpec {
    /** β₁ 0.9, β₂ 0.999, ε 1e-8, as SPT and PyTorch use it. */
    public static final AdamWSpec DEFAULT = new AdamWSpec(0.9, 0.999, 1e-8, Form.STANDARD);

    /** As VPT's published code uses it: ε 1e-6 and its own form. */
    public static final AdamWSpec VPT = new AdamWSpec(0.9, 0.999, 1e-6, Form.VPT);

    /**
     * The formulas, with the means m and v of the gradients and their squares after t steps, the learning rate η and the
     * decay λ.
     */
    public enum Form {
        /** PyTorch's: first w ← (1 − η λ) w, then w ← w − η m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ). */
        STANDARD,
        /** VPT's: first w ← w − η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε), then w ← (1 − η λ) w. */
        VPT
    }

    /**
     * @throws ConfigException if a number is outside its range
     */
    public AdamWSpec {
        Objects.requireNonNull(form, "form");
        requireFraction("beta1", beta1);
        requireFraction("beta2", beta2);
        if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw new ConfigException("epsilon: expected a finite number above 0, found " + epsilon);
        }
    }

    private static void requireFraction(String key, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new ConfigException(key + ": expected 0 to below 1, found " + value);
        }
    }

    @Override
    public Optimizer over(List<ParameterGroup> groups) {
        return new AdamW(groups, this, form == Form.STANDARD && FusedAdamW.supports(groups));
    }

    @Override
    public Decay decay() {
        return switch (form) {
            case STANDARD -> Decay.BEFORE_MOVE;
            case VPT -> Decay.AFTER_MOVE;
        };
    }
}
