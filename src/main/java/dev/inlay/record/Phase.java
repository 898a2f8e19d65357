package dev.inlay.record;

import java.util.Locale;

/** The parts of a run, in the order they happen. */
public enum Phase {
    /** Listing, checking and decoding images; loading the backbone. */
    LOAD,
    /** The linear probe on cached features. */
    PROBE,
    /** Stage 1: squared gradients. */
    SENSITIVITY,
    /** Stage 2: scores and a budget to a plan. */
    ALLOCATION,
    /** Settings tried on the validation split. */
    SEARCH,
    /** What the blocks below the first tuned parameter make of the images, where that is kept. */
    FROZEN,
    /** Training. */
    TRAIN,
    /** The last evaluation, where the last epoch of {@link #TRAIN} has not just made it. */
    EVALUATION,
    /** Writing the task, the metrics and the report. */
    REPORT;

    /** The name in {@code metrics.json} and as a meter's tag: lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
