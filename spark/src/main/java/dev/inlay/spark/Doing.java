package dev.inlay.spark;

import dev.inlay.engine.Here;
import dev.inlay.engine.Piece;
import dev.inlay.error.Host;
import java.io.Serial;
import java.io.Serializable;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.slf4j.LoggerFactory;

/** Does a piece in an executor. Its failure is a result: Spark is to repeat what was lost, not what failed. */
final class Doing<R extends Serializable> implements Function<Piece<R>, Ended<R>> {
    @Serial
    private static final long serialVersionUID = 1L;

    @Override
    public Ended<R> call(Piece<R> piece) {
        TaskContext task = TaskContext.get();
        try {
            return Ended.with(ExecutorWorker.run(piece, task::isInterrupted));
        } catch (RuntimeException | OutOfMemoryError e) {
            if (task.isInterrupted()) {
                throw e;
            }
            LoggerFactory.getLogger(Doing.class).error("{} failed", piece.name(), e);
            return Ended.failed(Here.reason(e) + " (on " + Host.name() + ")");
        }
    }
}
