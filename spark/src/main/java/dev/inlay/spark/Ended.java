package dev.inlay.spark;

import java.io.Serial;
import java.io.Serializable;

/**
 * What became of a piece.
 *
 * @param result what it told; null if it failed
 * @param failure why it failed; null if it did not
 */
record Ended<R extends Serializable>(R result, String failure) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    static <R extends Serializable> Ended<R> failed(String reason) {
        return new Ended<>(null, reason);
    }
}
