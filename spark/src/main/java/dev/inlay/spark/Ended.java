package dev.inlay.spark;

import java.io.Serial;
import java.io.Serializable;

/**
 * What became of a piece, or of the part of a member of a team.
 *
 * @param result what it told; null if it did not come to its end
 * @param failure why it failed for a reason of its own; null if it did not
 * @param missed which other member it missed; null if none
 */
record Ended<R extends Serializable>(R result, String failure, String missed) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    static <R extends Serializable> Ended<R> with(R result) {
        return new Ended<>(result, null, null);
    }

    static <R extends Serializable> Ended<R> failed(String reason) {
        return new Ended<>(null, reason, null);
    }

    static <R extends Serializable> Ended<R> missing(String who) {
        return new Ended<>(null, null, who);
    }
}
