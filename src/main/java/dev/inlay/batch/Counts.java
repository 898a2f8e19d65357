package dev.inlay.batch;

import java.io.Serial;
import java.io.Serializable;

/**
 * How many pictures.
 *
 * @param predicted now, those that cannot be used among them
 * @param unusable of those, could not be decoded
 * @param before had been predicted already
 */
public record Counts(long predicted, long unusable, long before) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    static final Counts NONE = new Counts(0, 0, 0);

    Counts plus(Counts other) {
        return new Counts(predicted + other.predicted, unusable + other.unusable, before + other.before);
    }
}
