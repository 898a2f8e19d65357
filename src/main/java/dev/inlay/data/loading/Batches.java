package dev.inlay.data.loading;

import java.util.Iterator;
import java.util.NoSuchElementException;

/** The batches of one pass over an order. For one consumer thread. */
public interface Batches extends Iterator<Batch>, AutoCloseable {
    /**
     * The next batch; its tensors are made on this thread and belong to its scope.
     *
     * @throws RuntimeException what reading an example threw
     * @throws NoSuchElementException if there is none
     */
    @Override
    Batch next();

    /** Ends the pass; a second call does nothing. */
    @Override
    void close();
}
