package dev.inlay.record;

import java.util.Locale;

/** How a plan treats one tensor of the backbone. */
public enum Tuned {
    /** A low-rank or bottleneck module is put beside the matrix. */
    MODULE,
    /** Every number of the vector is trained. */
    WHOLE,
    /** Individual weights are trained. */
    SPARSE,
    /** Nothing of it is trained. */
    FROZEN;

    /** The name in {@code metrics.json}: lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
