package dev.inlay.bench;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.inlay.keys.Keys;

/** A piece of work that is measured. */
public enum Stage {
    /** The squared gradients of one batch. */
    SENSITIVITY,
    /** What 79 plans of rising size would cost, from one selection among all scores. */
    ALLOCATION,
    /** The same 79 selections as plain top-k passes over all scores; a few are run, and the time is scaled. */
    TOP_K,
    /** One training step: forward, loss, backward, optimiser. */
    STEP,
    /** Loss and accuracy over two batches of examples in memory. */
    EVALUATION,
    /** Labels and probabilities for two batches of examples in memory. */
    PREDICTION;

    /** How it is written: {@code topK}. */
    @JsonValue
    public String word() {
        return Keys.word(this);
    }
}
