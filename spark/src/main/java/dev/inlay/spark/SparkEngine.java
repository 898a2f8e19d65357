package dev.inlay.spark;

import dev.inlay.engine.Engine;
import dev.inlay.engine.LocalEngine;
import dev.inlay.engine.WorkItem;
import dev.inlay.engine.WorkListener;
import dev.inlay.engine.Worker;
import dev.inlay.error.InlayException;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does every piece as a Spark job of one task. A piece that loses its executor is begun anew elsewhere by Spark
 * ({@code spark.task.maxFailures} times); no other piece knows of it, which they would as tasks of one job.
 */
final class SparkEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(SparkEngine.class);

    /** As many jobs are known to Spark at once; the scheduler looks at each of them whenever a core is free. */
    private static final int OPEN_JOBS = 1000;

    private static final long POLL_MILLIS = 50;

    private final JavaSparkContext spark;

    SparkEngine(JavaSparkContext spark) {
        this.spark = spark;
    }

    @Override
    public <R extends Serializable> void run(List<? extends WorkItem<R>> items, Worker here, WorkListener<R> listener) {
        Map<Integer, JavaFutureAction<List<Ended<R>>>> open = new TreeMap<>();
        int next = 0;
        try {
            while ((next < items.size() || !open.isEmpty()) && !here.stop().getAsBoolean()) {
                requireContext();
                while (next < items.size() && open.size() < OPEN_JOBS) {
                    open.put(next, submit(items.get(next)));
                    next++;
                }
                tellEnded(open, listener);
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InlayException("interrupted while Spark was at work; rerun the same command to resume", e);
        } finally {
            open.values().forEach(job -> job.cancel(true));
        }
    }

    private <R extends Serializable> JavaFutureAction<List<Ended<R>>> submit(WorkItem<R> item) {
        spark.setJobDescription(item.name());
        return spark.parallelize(List.of(item), 1).map(new WorkFunction<R>()).collectAsync();
    }

    private <R extends Serializable> void tellEnded(
            Map<Integer, JavaFutureAction<List<Ended<R>>>> open, WorkListener<R> listener) throws InterruptedException {
        Iterator<Map.Entry<Integer, JavaFutureAction<List<Ended<R>>>>> jobs =
                open.entrySet().iterator();
        while (jobs.hasNext()) {
            Map.Entry<Integer, JavaFutureAction<List<Ended<R>>>> entry = jobs.next();
            int piece = entry.getKey();
            JavaFutureAction<List<Ended<R>>> job = entry.getValue();
            if (job.isDone()) {
                jobs.remove(); // the entry may be another one from here on
                tell(piece, job, listener);
            }
        }
    }

    private <R extends Serializable> void tell(
            int piece, JavaFutureAction<List<Ended<R>>> job, WorkListener<R> listener) throws InterruptedException {
        Ended<R> ended;
        try {
            ended = job.get().get(0);
        } catch (ExecutionException e) {
            requireContext();
            LOG.error("a job of Spark failed", e);
            ended = Ended.failed(LocalEngine.reason(e.getCause()));
        }
        if (ended.failure() == null) {
            listener.finished(piece, ended.result());
        } else {
            listener.failed(piece, ended.failure());
        }
    }

    private void requireContext() {
        if (spark.sc().isStopped()) {
            throw new InlayException(
                    "Spark ended before the work was done (its log says why); rerun the same command to resume");
        }
    }

    @Override
    public void close() {
        ExecutorWorker.close();
        spark.close();
    }
}
