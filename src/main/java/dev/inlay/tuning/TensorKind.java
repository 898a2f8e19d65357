package dev.inlay.tuning;

/** What a tunable tensor is in its layer; told by the site that holds it, never guessed from its name. */
public enum TensorKind {
    /** The weight of a linear site, (out, in). */
    MATRIX,
    /** The bias of a linear site, (out). */
    BIAS,
    /** A scale or shift of a normalisation, (dim). */
    NORM;

    /** Whether the tensor has one axis. */
    public boolean isVector() {
        return this != MATRIX;
    }
}
