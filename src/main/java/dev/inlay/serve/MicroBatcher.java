package dev.inlay.serve;

import dev.inlay.error.InlayException;
import dev.inlay.error.OverloadException;
import dev.inlay.serve.PendingRequest.Row;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Gathers images of many requests into batches and has them computed, one batch after the other, by one platform thread of
 * its own. What waits is bounded; what is cancelled or too late is not computed.
 */
final class MicroBatcher implements AutoCloseable {
    private final ServingOptions options;
    private final Consumer<List<Row>> compute;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final FairQueue queue = new FairQueue();
    private final Deque<Runnable> errands = new ArrayDeque<>();
    private final Thread thread = new Thread(this::run, "inlay-serve");
    private boolean closing;

    /**
     * @param compute answers or fails the request of every row it is given; what it throws fails them all
     */
    MicroBatcher(ServingOptions options, Consumer<List<Row>> compute) {
        this.options = options;
        this.compute = compute;
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Refuses at once what {@link #submit} would refuse now.
     *
     * @param images of a request
     */
    void requireRoom(int images) {
        lock.lock();
        try {
            if (closing) {
                throw new IllegalStateException("the predictor is closed");
            }
            if (queue.size() + images > options.queueCapacity()) {
                throw new OverloadException(queue.size() + " images are waiting, and the request has " + images
                        + ", more than the queue of " + options.queueCapacity()
                        + " has room for (queueCapacity); try again later, or send fewer at once");
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Has the thread do something between two batches, whatever waits, and waits for it.
     *
     * @throws IllegalStateException if this is closed
     */
    void between(Runnable errand) {
        if (Thread.currentThread() == thread) {
            errand.run();
            return;
        }
        CompletableFuture<Void> done;
        lock.lock();
        try {
            if (closing) {
                throw new IllegalStateException("the predictor is closed");
            }
            done = CompletableFuture.runAsync(errand, errands::add);
            changed.signal();
        } finally {
            lock.unlock();
        }
        await(done);
    }

    private static void await(CompletableFuture<?> done) {
        try {
            done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            } else if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw e;
        }
    }

    /** How many images wait. */
    int waiting() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Has a request computed. If this throws, none of its images went in.
     *
     * @throws OverloadException if the queue has no room for it
     * @throws IllegalStateException if this is closed
     */
    void submit(PendingRequest request) {
        lock.lock();
        try {
            requireRoom(request.size());
            queue.add(request);
            changed.signal();
        } finally {
            lock.unlock();
        }
        CompletableFuture<?> unused = request.future().whenComplete((answers, failure) -> {
            if (failure != null) {
                withdraw(request);
            }
        });
    }

    private void withdraw(PendingRequest request) {
        List<Row> rows;
        lock.lock();
        try {
            rows = queue.remove(waiting -> waiting == request);
        } finally {
            lock.unlock();
        }
        rows.forEach(row -> row.request().left());
    }

    private void run() {
        for (List<Row> batch = next(); !batch.isEmpty(); batch = next()) {
            List<Row> rows = batch.stream()
                    .filter(row -> !row.request().future().isDone())
                    .toList();
            try {
                if (!rows.isEmpty()) {
                    compute.accept(rows);
                }
            } catch (Throwable e) { // whatever it is, the next batch is to be computed
                InlayException failure = new InlayException("the batch could not be computed: " + e.getMessage(), e);
                rows.forEach(row -> row.request().fail(failure));
            } finally {
                batch.forEach(row -> row.request().left());
            }
        }
    }

    /** The next batch; empty when this is closed and nothing waits any more. */
    private List<Row> next() {
        lock.lock();
        try {
            runErrand(); // one beside each batch, so that neither holds up the other
            while (true) {
                expire();
                if (queue.size() > 0) {
                    long now = System.nanoTime();
                    long left = queue.oldest(now) + options.maxWait().toNanos() - now;
                    if (closing || queue.rows() >= options.maxBatch() || left <= 0) {
                        return queue.take(options.maxBatch());
                    }
                    changed.awaitNanos(left);
                } else if (!errands.isEmpty()) {
                    runErrand();
                } else if (closing) {
                    return List.of();
                } else {
                    changed.awaitUninterruptibly();
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody but this class knows the thread, so nobody interrupts it", e);
        } finally {
            lock.unlock();
        }
    }

    private void runErrand() {
        Runnable errand = errands.poll();
        if (errand != null) {
            lock.unlock();
            try {
                errand.run();
            } finally {
                lock.lock();
            }
        }
    }

    private void expire() {
        long now = System.nanoTime();
        List<Row> late = queue.remove(request -> request.isExpired(now));
        late.stream().map(Row::request).distinct().forEach(PendingRequest::expire);
        late.forEach(row -> row.request().left());
    }

    /** Takes no more requests, computes those that wait, and returns when the last is computed. */
    @Override
    public void close() {
        stopTaking();
        join(0);
    }

    /**
     * Takes no more requests and computes those that wait.
     *
     * @param grace after which those still waiting fail; the batch being computed is finished
     */
    void close(Duration grace) {
        stopTaking();
        join(Math.max(1, grace.toMillis()));
        List<Row> rest;
        lock.lock();
        try {
            rest = queue.remove(request -> true);
        } finally {
            lock.unlock();
        }
        rest.stream()
                .map(Row::request)
                .distinct()
                .forEach(request -> request.fail(
                        new OverloadException("the predictor was closed before the request was computed")));
        rest.forEach(row -> row.request().left());
        join(0);
    }

    private void stopTaking() {
        lock.lock();
        try {
            closing = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the thread to end, also where the caller is interrupted: what it uses is freed next.
     *
     * @param millis at most; 0: as long as it takes
     */
    private void join(long millis) {
        boolean interrupted = false;
        long start = System.nanoTime();
        long left = millis;
        while (thread.isAlive() && (millis == 0 || left > 0)) {
            try {
                thread.join(left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
            left = millis == 0 ? 0 : millis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
