package dev.inlay.spark;

import java.io.Serial;
import java.io.Serializable;

/**
 * What became of a piece, or of the part of a member of a team.
 *
 * @param result what it told; null if it failed or was left
 * @param failure why it failed; null if it did not
 */
record Ended<R extends Serializable>(R result, String failure) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    static <R extends Serializable> Ended<R> failed(String reason) {
        return new Ended<>(null, reason);
    }

    static <R extends Serializable> Ended<R> left() {
        return new Ended<>(null, null);
    }
}
