package dev.inlay.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.DeadlineException;
import dev.inlay.error.InlayException;
import dev.inlay.error.OverloadException;
import dev.inlay.serve.PendingRequest.Row;
import dev.inlay.task.Prediction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Queueing and batching, with a computation that the test holds up. */
@Timeout(30)
class MicroBatcherTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final Semaphore permits = new Semaphore(0);
    private final Semaphore started = new Semaphore(0);
    private final List<List<String>> batches = Collections.synchronizedList(new ArrayList<>());
    private final LoadedTask task = new LoadedTask(null, null, 1, 0, 0); // held by the test, so never freed
    private MicroBatcher batcher;
    private CompletableFuture<List<Answer>> running;

    private void open(int maxBatch, Duration maxWait, int capacity) {
        batcher = new MicroBatcher(new ServingOptions(maxBatch, maxWait, capacity, LONG, 10, 1), this::compute);
    }

    @AfterEach
    void close() {
        permits.release(1000);
        batcher.close();
    }

    private void compute(List<Row> rows) {
        started.release();
        permits.acquireUninterruptibly();
        batches.add(rows.stream().map(row -> row.request().id() + row.index()).toList());
        for (Row row : rows) {
            if (row.request().id().equals("broken")) {
                throw new IllegalArgumentException("no such number");
            }
            row.request()
                    .answer(
                            row.index(),
                            new Answer(
                                    new Prediction("" + row.index(), List.of("a"), new float[] {1}),
                                    row.image().pixels()));
        }
    }

    private PendingRequest request(String id, int images, Duration timeout) {
        assertThat(task.hold()).isTrue();
        List<PreparedImage> pixels = new ArrayList<>();
        for (int i = 0; i < images; i++) {
            pixels.add(new PreparedImage(new float[] {i}, 1, 1));
        }
        return new PendingRequest(id, task, pixels, System.nanoTime(), timeout);
    }

    private CompletableFuture<List<Answer>> submit(String id, int images) {
        return submit(id, images, LONG);
    }

    private CompletableFuture<List<Answer>> submit(String id, int images, Duration timeout) {
        PendingRequest request = request(id, images, timeout);
        batcher.submit(request);
        return request.future();
    }

    /** Makes the batcher busy with a batch of one image. */
    private void busy() {
        running = submit("first", 1);
        started.acquireUninterruptibly();
    }

    @Test
    void tasksTakeTurnsAndImagesKeepTheirOrder() throws Exception {
        open(4, Duration.ZERO, 100);
        busy();
        CompletableFuture<List<Answer>> many = submit("a", 6);
        CompletableFuture<List<Answer>> one = submit("b", 1);
        CompletableFuture<List<Answer>> two = submit("c", 2);
        permits.release(100);
        assertThat(many.get()).extracting(answer -> answer.embedding()[0]).containsExactly(0f, 1f, 2f, 3f, 4f, 5f);
        one.get();
        two.get();
        assertThat(batches)
                .containsExactly(
                        List.of("first0"),
                        List.of("a0", "b0", "c0", "a1"),
                        List.of("c1", "a2", "a3", "a4"),
                        List.of("a5"));
    }

    @Test
    void aBatchThatIsNotFullWaitsForOthers() throws Exception {
        open(3, Duration.ofSeconds(10), 100);
        permits.release(100);
        long start = System.nanoTime();
        List<CompletableFuture<List<Answer>>> three = List.of(submit("a", 1), submit("b", 1), submit("c", 1));
        for (CompletableFuture<List<Answer>> future : three) {
            future.get();
        }
        assertThat(batches).containsExactly(List.of("a0", "b0", "c0"));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aBatchThatIsNotFullIsComputedAfterTheWait() throws Exception {
        open(3, Duration.ofMillis(50), 100);
        permits.release(100);
        long start = System.nanoTime();
        submit("a", 2).get();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(49));
        assertThat(batches).containsExactly(List.of("a0", "a1"));
    }

    @Test
    void aFullQueueRefusesAtOnceAndTakesAgainWhenThereIsRoom() throws Exception {
        open(2, Duration.ZERO, 4);
        busy();
        CompletableFuture<List<Answer>> taken = submit("a", 3);
        assertThatThrownBy(() -> submit("b", 2))
                .isInstanceOf(OverloadException.class)
                .hasMessageContaining("3 images are waiting, and the request has 2")
                .hasMessageContaining("queueCapacity");
        assertThatThrownBy(() -> batcher.requireRoom(2)).isInstanceOf(OverloadException.class);
        CompletableFuture<List<Answer>> fits = submit("b", 1);
        permits.release(100);
        taken.get();
        fits.get();
        assertThat(submit("b", 4).get()).hasSize(4);
    }

    @Test
    void aLateRequestIsNotComputed() throws Exception {
        open(4, Duration.ZERO, 100);
        busy();
        CompletableFuture<List<Answer>> late = submit("late", 2, Duration.ofMillis(1));
        CompletableFuture<List<Answer>> patient = submit("patient", 1);
        Thread.sleep(5);
        permits.release(100);
        patient.get();
        assertThatThrownBy(late::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(DeadlineException.class)
                .hasMessageContaining("task late");
        assertThat(batches).containsExactly(List.of("first0"), List.of("patient0"));
    }

    @Test
    void aCancelledRequestMakesRoomAndIsNotComputed() throws Exception {
        open(2, Duration.ZERO, 3);
        busy();
        CompletableFuture<List<Answer>> cancelled = submit("cancelled", 3);
        assertThat(cancelled.cancel(true)).isTrue();
        CompletableFuture<List<Answer>> other = submit("other", 3);
        permits.release(100);
        other.get();
        assertThat(batches).containsExactly(List.of("first0"), List.of("other0", "other1"), List.of("other2"));
    }

    @Test
    void aTaskIsHeldUntilItsLastImageHasLeft() throws Exception {
        open(1, Duration.ZERO, 10);
        PendingRequest request = request("a", 2, LONG);
        batcher.submit(request);
        started.acquireUninterruptibly();
        request.future().cancel(true);
        assertThat(task.holders()).as("its first image is being computed").isEqualTo(2);
        permits.release(100);
        submit("b", 1).get();
        batcher.close();
        assertThat(batches).containsExactly(List.of("a0"), List.of("b0"));
        assertThat(task.holders()).isEqualTo(1);
    }

    @Test
    void whatTheComputationThrowsFailsItsBatchAlone() throws Exception {
        open(4, Duration.ZERO, 100);
        busy();
        CompletableFuture<List<Answer>> broken = submit("broken", 1);
        permits.release(100);
        assertThatThrownBy(broken::get)
                .cause()
                .isInstanceOf(InlayException.class)
                .hasMessageContaining("no such number");
        assertThat(submit("whole", 2).get()).hasSize(2);
    }

    @Test
    void whatWaitsIsComputedWhenItIsClosed() throws Exception {
        open(2, Duration.ofSeconds(10), 100);
        permits.release(100);
        List<CompletableFuture<List<Answer>>> waiting = List.of(submit("a", 3), submit("b", 2));
        batcher.close();
        for (CompletableFuture<List<Answer>> future : waiting) {
            assertThat(future.get(1, TimeUnit.SECONDS)).isNotEmpty();
        }
        assertThatThrownBy(() -> submit("a", 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void whatStillWaitsAfterTheGraceFails() throws Exception {
        open(1, Duration.ZERO, 100);
        busy();
        CompletableFuture<List<Answer>> waiting = submit("a", 2);
        CountDownLatch closed = new CountDownLatch(1);
        Thread closing = new Thread(() -> {
            batcher.close(Duration.ofMillis(10));
            closed.countDown();
        });
        closing.start();
        assertThatThrownBy(waiting::get)
                .cause()
                .isInstanceOf(OverloadException.class)
                .hasMessageContaining("closed");
        assertThat(closed.getCount()).as("the batch being computed is finished").isEqualTo(1);
        permits.release(100);
        running.get();
        closing.join();
        assertThat(batches).containsExactly(List.of("first0"));
    }
}
