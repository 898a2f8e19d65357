package dev.inlay.spark;

import dev.inlay.engine.GroupWork;
import dev.inlay.engine.LocalEngine;
import dev.inlay.engine.Team;
import dev.inlay.error.InlayException;
import java.io.Serial;
import java.io.Serializable;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction0;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/** A team whose members are the tasks of one barrier stage. */
final class SparkTeam implements Team {
    private static final long POLL_MILLIS = 50;
    private static final long EXECUTORS_SECONDS = 120;
    private static final long GRACE_SECONDS = 10;
    private static final Pattern TASK = Pattern.compile("ResultTask\\(\\d+, (\\d+)\\)");

    private final JavaSparkContext spark;
    private final int size;

    /** Where ranks began. */
    private final Map<Integer, String> hosts = new ConcurrentHashMap<>();

    SparkTeam(JavaSparkContext spark, int size) {
        this.spark = spark;
        this.size = size;
        spark.sc().addSparkListener(new SparkListener() {
            @Override
            public void onTaskStart(SparkListenerTaskStart start) {
                hosts.put(start.taskInfo().index(), start.taskInfo().host());
            }
        });
    }

    /** What a barrier stage needs of Spark. */
    static SparkConf configure(SparkConf conf) {
        // Spark begins a barrier stage anew when it loses a task, and may wait for ever for an executor in place of
        // that lost
        conf.set("spark.stage.maxConsecutiveAttempts", "1");
        conf.set("spark.dynamicAllocation.enabled", "false");
        // ranks say one word to each other before they begin; Spark itself would wait for a year
        conf.setIfMissing("spark.barrier.sync.timeout", "1800");
        return conf;
    }

    @Override
    public <R extends Serializable> R run(GroupWork<R> work, BooleanSupplier stop) {
        try {
            awaitExecutors(stop);
            return told(ends(work, stop));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InlayException("interrupted while Spark was at work; rerun the same command to resume", e);
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

    /** What every rank told. Once one has failed or misses another, the rest have a little time to end by themselves. */
    private <R extends Serializable> Collection<Ended<R>> ends(GroupWork<R> work, BooleanSupplier stop)
            throws InterruptedException {
        spark.setJobDescription(work.name());
        Map<Integer, Ended<R>> told = new ConcurrentSkipListMap<>();
        SimpleFutureAction<Integer> job = submit(work, told);
        long until = Long.MAX_VALUE;
        while (!job.isCompleted()) {
            if (stop.getAsBoolean()) {
                job.cancel();
                BarrierTask.awaitMembers();
                throw new InlayException("stopped; what was done is saved; rerun the same command to resume");
            }
            if (until == Long.MAX_VALUE && told.values().stream().anyMatch(end -> end.result() == null)) {
                until = System.nanoTime() + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
            }
            if (System.nanoTime() > until) {
                job.cancel();
                return told.values();
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        Try<Integer> end = job.value().get();
        if (end.isFailure() && told.values().stream().allMatch(one -> one.result() != null)) {
            throw ended(lost(end.failed().get()), end.failed().get());
        }
        return told.values();
    }

    private <R extends Serializable> SimpleFutureAction<Integer> submit(
            GroupWork<R> work, Map<Integer, Ended<R>> told) {
        ClassTag<GroupWork<R>> tag = ClassTag$.MODULE$.apply(GroupWork.class);
        RDD<GroupWork<R>> members = spark.parallelize(Collections.nCopies(size, work), size)
                .rdd()
                .barrier()
                .mapPartitions(new Same<>(), false, tag);
        List<Object> ranks =
                IntStream.range(0, size).mapToObj(Object.class::cast).toList();
        return spark.sc()
                .submitJob(
                        members,
                        new BarrierTask<R>(),
                        CollectionConverters.asScala(ranks).toSeq(),
                        new AbstractFunction2<>() {
                            @Override
                            public BoxedUnit apply(Object rank, Ended<R> end) {
                                told.put((Integer) rank, end);
                                return BoxedUnit.UNIT;
                            }
                        },
                        new AbstractFunction0<>() {
                            @Override
                            public Integer apply() {
                                return told.size();
                            }
                        });
    }

    /** What makes a stage one whose tasks run together. */
    private static final class Same<T> extends AbstractFunction1<Iterator<T>, Iterator<T>> implements Serializable {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        public Iterator<T> apply(Iterator<T> all) {
            return all;
        }
    }

    private static <R extends Serializable> R told(Collection<Ended<R>> ends) {
        ends.stream().map(Ended::failure).filter(Objects::nonNull).findFirst().ifPresent(failure -> {
            throw new InlayException(failure);
        });
        ends.stream().map(Ended::missed).filter(Objects::nonNull).findFirst().ifPresent(missed -> {
            throw new InlayException(missed);
        });
        return ends.iterator().next().result();
    }

    /** Spark's reason for a lost task is the last line of its message, which says the number of the task before. */
    private String lost(Throwable failure) {
        String reason = LocalEngine.reason(failure).strip();
        Matcher task = TASK.matcher(reason);
        String who = "a process";
        if (task.find()) {
            int rank = Integer.parseInt(task.group(1));
            who = "rank " + rank + " on " + hosts.getOrDefault(rank, "a host that Spark knows");
        }
        return who + " is lost: " + reason.substring(reason.lastIndexOf('\n') + 1);
    }

    private static InlayException ended(String what, Throwable cause) {
        return new InlayException(
                what + "; so the run ends: what was saved last stands; rerun the same command to resume", cause);
    }

    @Override
    public void close() {
        BarrierTask.awaitMembers();
        spark.close();
    }
}
