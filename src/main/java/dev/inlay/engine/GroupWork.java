package dev.inlay.engine;

import java.io.Serializable;

/**
 * Work that several processes do together, all at the same time, on one machine or several: a record of plain values, with
 * paths that every machine sees alike.
 *
 * @param <R> what is told at the end, small
 */
public interface GroupWork<R extends Serializable> extends Serializable {
    /** What a person calls it. */
    String name();

    /**
     * Does the part of one process.
     *
     * @param member the process
     * @return what rank 0 tells; nobody hears the others
     * @throws MemberGoneException if it cannot go on because another member is gone
     * @throws RuntimeException if it fails for a reason of its own
     */
    R run(Participant member);
}
