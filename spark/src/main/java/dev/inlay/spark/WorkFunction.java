package dev.inlay.spark;

import dev.inlay.engine.LocalEngine;
import dev.inlay.engine.WorkItem;
import dev.inlay.error.Host;
import java.io.Serial;
import java.io.Serializable;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.slf4j.LoggerFactory;

/** Does a piece in an executor. Its failure is a result: Spark is to repeat what was lost, not what failed. */
final class WorkFunction<R extends Serializable> implements Function<WorkItem<R>, Ended<R>> {
    @Serial
    private static final long serialVersionUID = 1L;

    @Override
    public Ended<R> call(WorkItem<R> item) {
        TaskContext task = TaskContext.get();
        try {
            return Ended.with(ExecutorWorker.run(item, task::isInterrupted));
        } catch (RuntimeException | OutOfMemoryError e) {
            if (task.isInterrupted()) {
                throw e;
            }
            LoggerFactory.getLogger(WorkFunction.class).error("{} failed", item.name(), e);
            return Ended.failed(LocalEngine.reason(e) + " (on " + Host.name() + ")");
        }
    }
}
