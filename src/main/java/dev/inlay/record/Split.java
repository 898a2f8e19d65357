package dev.inlay.record;

import java.util.Locale;

/** The parts of a data set. */
public enum Split {
    /** What is learned from. */
    TRAIN,
    /** What settings are chosen on. */
    VALIDATION,
    /** What the result is measured on. */
    TEST;

    /** The name as a meter's tag: lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
