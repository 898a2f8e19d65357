package dev.inlay.engine;

import dev.inlay.error.InlayException;
import java.io.Serializable;
import java.util.List;

/** Does pieces of work. Found by name through {@link EngineProvider}; {@link LocalEngine} needs none. */
public interface Engine extends AutoCloseable {
    /**
     * Does every piece once, or as often as it takes where machines are lost, in any order. Returns early, with pieces left
     * over, once {@code here.stop()} is true; what had begun is saved.
     *
     * @param here this process: shows progress and says when to stop; engines that do pieces here do them with it
     * @param listener told what becomes of each
     * @throws InlayException if the engine itself cannot go on, or a piece was stopped in this process
     */
    <R extends Serializable> void run(List<? extends WorkItem<R>> items, Worker here, WorkListener<R> listener);

    @Override
    default void close() {}
}
