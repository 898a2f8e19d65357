package dev.inlay.serve.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DeadlineException;
import dev.inlay.error.OverloadException;
import dev.inlay.golden.Golden;
import dev.inlay.serve.Answer;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.ServedTasks;
import dev.inlay.serve.http.Images.Encoded;
import dev.inlay.tuning.method.HeadOnly;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests that wait for a decoder which others hold. */
@Timeout(60)
class DecodingPoolTest {
    private final DecodingPool decoding = new DecodingPool(1000, 1);
    private final CountDownLatch busy = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);
    private final ScheduledExecutorScheduler clock = new ScheduledExecutorScheduler();

    @BeforeEach
    void holdTheOnlyDecoderAndTheOneForOthers() throws Exception {
        clock.start();
        decoding.submit("slow", () -> await(busy));
        decoding.submit("slower", () -> await(end));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void free() throws Exception {
        busy.countDown();
        end.countDown();
        decoding.close();
        clock.stop();
    }

    @Test
    void tasksTakeTurns() throws InterruptedException {
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch last = new CountDownLatch(5);
        for (String name : List.of("slow 1", "slow 2", "slow 3", "small 1", "other 1")) {
            decoding.submit(name.split(" ")[0], () -> {
                done.add(name);
                last.countDown();
            });
        }
        busy.countDown();
        last.await();
        assertThat(done).containsExactly("slow 1", "small 1", "other 1", "slow 2", "slow 3");
    }

    @Test
    void aTaskThatHoldsEveryDecoderLeavesOneToOthers() throws InterruptedException {
        try (DecodingPool three = new DecodingPool(1000, 3)) {
            CountDownLatch begun = new CountDownLatch(3);
            for (int i = 0; i < 10; i++) {
                three.submit("slow", () -> {
                    begun.countDown();
                    await(busy);
                });
            }
            begun.await();
            for (String other : List.of("small", "other", "small")) {
                CountDownLatch done = new CountDownLatch(1);
                three.submit(other, done::countDown);
                done.await();
            }
            busy.countDown();
        }
    }

    @Test
    void whatIsWithdrawnNeverBegins() throws InterruptedException {
        Runnable never = () -> {
            throw new AssertionError("withdrawn");
        };
        CountDownLatch last = new CountDownLatch(1);
        decoding.submit("a", never);
        decoding.submit("a", last::countDown);
        assertThat(decoding.withdraw("a", never)).isTrue();
        assertThat(decoding.withdraw("a", never)).isFalse();
        assertThat(decoding.withdraw("b", never)).isFalse();
        busy.countDown();
        last.await();
    }

    @Test
    void waitingForADecoderCountsAgainstTheTimeOfARequest(@TempDir Path folder) throws InterruptedException {
        BodyMemory memory = new BodyMemory(3 << 10);
        try (VisionTransformer vit = Golden.vit();
                Predictor predictor = new Predictor(vit)) {
            predictor.put("a", ServedTasks.write(folder.resolve("a"), vit, new HeadOnly(), 2, 1));
            CompletableFuture<List<Answer>> late = job(predictor, memory, Duration.ofMillis(20));
            assertThatThrownBy(late::join)
                    .hasCauseInstanceOf(DeadlineException.class)
                    .hasMessageContaining("had 20 ms");
            CompletableFuture<List<Answer>> gone = job(predictor, memory, Duration.ofSeconds(60));
            assertThatThrownBy(() -> memory.share().grow(1)).isInstanceOf(OverloadException.class);
            gone.cancel(false);
            assertThatThrownBy(gone::join).isInstanceOf(CancellationException.class);
            CompletableFuture<List<Answer>> patient = job(predictor, memory, Duration.ofSeconds(60));
            busy.countDown();
            assertThat(patient.join()).hasSize(1);
            CountDownLatch decoded = new CountDownLatch(1);
            decoding.submit("a", decoded::countDown);
            decoded.await();
            assertThatCode(() -> memory.share().grow(3 << 10)).doesNotThrowAnyException();
        }
    }

    /** Holds all of the memory while it waits to be decoded. */
    private CompletableFuture<List<Answer>> job(Predictor predictor, BodyMemory memory, Duration time) {
        BodyMemory.Share share = memory.share();
        share.grow(3 << 10);
        List<Encoded> images = List.of(new Encoded("photo", RunningService.photo()));
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY);
        return new PredictJob(predictor, "a", images, decoder, Long.MAX_VALUE, time, share).start(decoding, clock);
    }
}
