package dev.inlay.train.schedule;

/** How often a schedule moves on. */
public enum Advance {
    /** A new rate for every step. */
    PER_STEP,
    /** One rate for all steps of an epoch: the rate of its beginning. */
    PER_EPOCH
}
