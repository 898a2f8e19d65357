package dev.inlay.serve;

import dev.inlay.error.DeadlineException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Some images of one task, and the future of their answers. Holds the task until its last image has left the batcher. */
final class PendingRequest {
    private final String id;
    private final LoadedTask task;
    private final List<PreparedImage> images;
    private final long arrived = System.nanoTime();
    private final long asked;
    private final Duration timeout;
    private final CompletableFuture<List<Answer>> future = new CompletableFuture<>();
    private final AtomicReferenceArray<Answer> answers;
    private final AtomicInteger unanswered;
    private final AtomicInteger inside;

    /**
     * @param task held; this object releases it when the last image has left the batcher, which it must enter
     * @param images at least one
     * @param asked when its time began, by {@link System#nanoTime}
     */
    PendingRequest(String id, LoadedTask task, List<PreparedImage> images, long asked, Duration timeout) {
        this.id = id;
        this.task = task;
        this.images = List.copyOf(images);
        this.asked = asked;
        this.timeout = timeout;
        this.answers = new AtomicReferenceArray<>(images.size());
        this.unanswered = new AtomicInteger(images.size());
        this.inside = new AtomicInteger(images.size());
    }

    /** One image of a request. */
    record Row(PendingRequest request, int index) {
        PreparedImage image() {
            return request.images.get(index);
        }

        /** How many rows of a batch it takes. */
        int size() {
            return request.task.rows();
        }
    }

    String id() {
        return id;
    }

    LoadedTask task() {
        return task;
    }

    int size() {
        return images.size();
    }

    /** When it began to wait for others, by {@link System#nanoTime}. */
    long arrived() {
        return arrived;
    }

    CompletableFuture<List<Answer>> future() {
        return future;
    }

    boolean isExpired(long now) {
        return now - asked >= timeout.toNanos();
    }

    /** One image is no longer waiting or computed. */
    void left() {
        if (inside.decrementAndGet() == 0) {
            task.release();
        }
    }

    void answer(int index, Answer answer) {
        answers.set(index, answer);
        if (unanswered.decrementAndGet() == 0) {
            future.completeAsync(this::all);
        }
    }

    private List<Answer> all() {
        Answer[] all = new Answer[answers.length()];
        for (int i = 0; i < all.length; i++) {
            all[i] = answers.get(i);
        }
        return List.of(all);
    }

    /** Callers go on elsewhere: what they do with the outcome must not keep other requests waiting. */
    void fail(Throwable cause) {
        future.defaultExecutor().execute(() -> future.completeExceptionally(cause));
    }

    void expire() {
        fail(new DeadlineException(id, timeout));
    }
}
