package dev.inlay.engine;

import java.util.List;
import java.util.function.BooleanSupplier;

/** A process that takes part in the work of a team. */
public interface Participant {
    /** Which one it is, in [0, {@link #size}). */
    int rank();

    /** How many there are. */
    int size();

    /** The name or address of this machine by which the others reach it. */
    String address();

    /**
     * Says something to all; returns when all have said something.
     *
     * @return what each said, by rank
     */
    List<String> say(String words);

    /** True once the work is to be saved and left. */
    BooleanSupplier stop();
}
