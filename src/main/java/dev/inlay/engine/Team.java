package dev.inlay.engine;

import dev.inlay.error.InlayException;
import java.io.Serializable;
import java.util.function.BooleanSupplier;

/** Processes that do work together, all at the same time. */
public interface Team extends AutoCloseable {
    /**
     * Has every process do its part. It is tried once: where one process is lost, the work ends.
     *
     * @param stop asked all the time; true has the work saved and left
     * @return what rank 0 told
     * @throws InlayException saying which process failed or is gone, and why; or if the work was left
     */
    <R extends Serializable> R run(GroupWork<R> work, BooleanSupplier stop);

    @Override
    void close();
}
