package dev.inlay.spark;

import dev.inlay.engine.Here;
import dev.inlay.engine.Team;
import dev.inlay.engine.TeamWork;
import dev.inlay.error.InlayException;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** A team whose members are the tasks of one barrier stage. */
final class SparkTeam implements Team {
    private static final long POLL_MILLIS = 50;
    private static final long EXECUTORS_SECONDS = 120;

    private final JavaSparkContext spark;
    private final int size;

    SparkTeam(JavaSparkContext spark, int size) {
        this.spark = spark;
        this.size = size;
    }

    /** What a barrier stage needs of Spark. */
    static SparkConf configure(SparkConf conf) {
        // Spark begins a barrier stage anew when it loses a task, and may wait for ever for an executor in place of
        // that lost
        conf.set("spark.stage.maxConsecutiveAttempts", "1");
        conf.set("spark.dynamicAllocation.enabled", "false");
        return conf;
    }

    @Override
    public <R extends Serializable> R run(TeamWork<R> work, BooleanSupplier stop) {
        try {
            awaitExecutors(stop);
            return told(ends(work, stop));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InlayException("interrupted while Spark was at work; the same command goes on", e);
        }
    }

    /** Spark itself would wait for ten minutes and then say less. */
    private void awaitExecutors(BooleanSupplier stop) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(EXECUTORS_SECONDS);
        while (places() < size && !stop.getAsBoolean()) {
            if (System.nanoTime() > until) {
                throw new InlayException("--nproc " + size + ": " + spark.master() + " has room for " + places()
                        + " tasks of " + spark.getConf().get("spark.task.cpus", "1") + " cores at the same time; start"
                        + " more executors, or use fewer processes");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private int places() {
        return spark.sc()
                .maxNumConcurrentTasks(spark.sc().resourceProfileManager().defaultResourceProfile());
    }

    private <R extends Serializable> List<Ended<R>> ends(TeamWork<R> work, BooleanSupplier stop)
            throws InterruptedException {
        spark.setJobDescription(work.name());
        JavaFutureAction<List<Ended<R>>> job = members(work).collectAsync();
        while (!job.isDone()) {
            if (stop.getAsBoolean()) {
                job.cancel(true);
                Ranking.awaitMembers();
                throw new InlayException("stopped; what was done is saved, the same command goes on");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        try {
            return job.get();
        } catch (ExecutionException e) {
            throw ended(lost(e.getCause()), e);
        }
    }

    private <R extends Serializable> JavaRDD<Ended<R>> members(TeamWork<R> work) {
        ClassTag<Ended<R>> tag = ClassTag$.MODULE$.apply(Ended.class);
        return JavaRDD.fromRDD(
                spark.parallelize(Collections.nCopies(size, work), size)
                        .rdd()
                        .barrier()
                        .mapPartitions(new Ranking<R>(), false, tag),
                tag);
    }

    private static <R extends Serializable> R told(List<Ended<R>> ends) {
        ends.stream().map(Ended::failure).filter(Objects::nonNull).findFirst().ifPresent(failure -> {
            throw new InlayException(failure);
        });
        if (ends.stream().anyMatch(end -> end.result() == null)) {
            throw ended("the connection between the processes broke", null);
        }
        return ends.get(0).result();
    }

    /** Spark's reason for a lost task is the last line of its message. */
    private static String lost(Throwable failure) {
        String reason = Here.reason(failure).strip();
        return "a process is lost: " + reason.substring(reason.lastIndexOf('\n') + 1);
    }

    private static InlayException ended(String what, Throwable cause) {
        return new InlayException(
                what + "; so the run ends: what was saved last stands, the same command goes on from there", cause);
    }

    @Override
    public void close() {
        Ranking.awaitMembers();
        spark.close();
    }
}
