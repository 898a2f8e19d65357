package dev.inlay.progress;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How fast a piece of work goes, and so how long it will yet take. The rate is that of the later half of the time so far: the
 * beginning (loading, compiling, hooks caches) is slower, and what an earlier process had done took no time now. There is no
 * estimate before there is a basis for one. Safe from any thread.
 */
public final class Pace {
    /** The share of the work after which the rest is estimated. */
    private static final double BASIS = 0.05;

    /** Of very long work, this much is a basis too. */
    private static final long MANY_STEPS = 200;

    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long BETWEEN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int MAX_MARKS = 512;

    private final long total;
    private final LongSupplier nanoTime;
    private final List<Mark> marks = new ArrayList<>();
    private long done;

    private record Mark(long nanos, long done) {}

    /**
     * @param total how many steps the work has
     * @param nanoTime the clock
     */
    public Pace(long total, LongSupplier nanoTime) {
        this.total = total;
        this.nanoTime = nanoTime;
    }

    /** Steps are done, counted from the start of the work; the clock starts with the first call, which may tell what an earlier process did. */
    public synchronized void at(long steps) {
        long now = nanoTime.getAsLong();
        done = steps;
        if (marks.isEmpty() || now - marks.get(marks.size() - 1).nanos() >= BETWEEN_NANOS) {
            marks.add(new Mark(now, steps));
        }
        if (marks.size() > MAX_MARKS) {
            for (int i = marks.size() - 2; i > 0; i -= 2) {
                marks.remove(i);
            }
        }
    }

    /** How many steps are done. */
    public synchronized long done() {
        return done;
    }

    /** The nanoseconds that the rest will take; empty where nothing says so yet. */
    public synchronized OptionalLong nanosLeft() {
        if (marks.isEmpty()) {
            return OptionalLong.empty();
        }
        Mark first = marks.get(0);
        long now = nanoTime.getAsLong();
        long counted = done - first.done();
        boolean many = counted >= MANY_STEPS && now - first.nanos() >= LONG_NANOS;
        if (counted <= 0 || counted < BASIS * (total - first.done()) && !many) {
            return OptionalLong.empty();
        }
        long half = first.nanos() + (now - first.nanos()) / 2;
        Mark since = first;
        for (Mark mark : marks) {
            if (mark.nanos() <= half && mark.done() < done) {
                since = mark;
            }
        }
        return OptionalLong.of((long) ((double) (now - since.nanos()) / (done - since.done()) * (total - done)));
    }
}
