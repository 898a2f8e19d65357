package dev.inlay.record;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Whether the images of a task are there.
 *
 * @param task name of the task
 * @param state how they stand
 * @param where the folder or file; null for images that are drawn
 * @param problem what is missing or wrong; null if nothing is
 * @param layout what has to be where
 * @param obtain how to get them; empty if the config does not say
 * @param notes where they differ from what the benchmark says
 */
public record SetRecord(
        String task, State state, String where, String problem, String layout, String obtain, List<String> notes) {
    /** How a set of images stands. */
    public enum State {
        /** It can be used. */
        READY,
        /** It is not there, or not all of it. */
        MISSING,
        /** It is there and cannot be used. */
        BAD;

        /** The word that people and files read. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Copies the list; null stands for an empty one. */
    public SetRecord {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(state, "state");
        notes = notes == null ? List.of() : List.copyOf(notes);
    }
}
