package dev.inlay.spark;

import dev.inlay.engine.WorkItem;
import dev.inlay.engine.Worker;
import dev.inlay.progress.Progress;
import java.io.Serializable;
import java.util.function.BooleanSupplier;

/** The worker of this process, one piece at a time: the backbone stays loaded as long as the executor lives. */
final class ExecutorWorker {
    private static final Worker WORKER = new Worker(Progress.NONE, () -> false);

    private ExecutorWorker() {}

    static synchronized <R extends Serializable> R run(WorkItem<R> item, BooleanSupplier stop) {
        return item.run(WORKER.watchedBy(Progress.NONE, stop));
    }

    /** Waits for the piece that is being done, then lets go of all that was kept. */
    static synchronized void close() {
        WORKER.close();
    }
}
