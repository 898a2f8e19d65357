package dev.inlay.serve.http;

import dev.inlay.data.RawImage;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DeadlineException;
import dev.inlay.serve.Answer;
import dev.inlay.serve.ImageSource;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.http.Images.Encoded;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * The images of one request on their way to their answers. The request ends when its time is over, whatever its images are at: what
 * waits to be decoded or computed is withdrawn, and of those being decoded, the one that is under way is the last.
 */
final class PredictJob {
    private final Predictor predictor;
    private final String task;
    private final List<Encoded> images;
    private final ImageDecoder decoder;
    private final long maxPixels;
    private final Duration time;
    private final long end;
    private final BodyMemory.Share memory;
    private final CompletableFuture<List<Answer>> answers = new CompletableFuture<>();

    /**
     * @param maxPixels most pixels of all images together
     * @param time that the request has, from now on
     * @param memory of the images; closed when they are decoded, or never will be
     */
    PredictJob(
            Predictor predictor,
            String task,
            List<Encoded> images,
            ImageDecoder decoder,
            long maxPixels,
            Duration time,
            BodyMemory.Share memory) {
        this.predictor = predictor;
        this.task = task;
        this.images = images;
        this.decoder = decoder;
        this.maxPixels = maxPixels;
        this.time = time;
        this.end = System.nanoTime() + time.toNanos();
        this.memory = memory;
    }

    /**
     * Begins.
     *
     * @param clock looks at the time
     * @return fails with {@link DeadlineException} when the time is over; cancelling it withdraws what still waits
     */
    CompletableFuture<List<Answer>> start(DecodingPool decoding, Scheduler clock) {
        Runnable work = this::decode;
        Scheduler.Task alarm = clock.schedule(this::expire, time.toNanos(), TimeUnit.NANOSECONDS);
        CompletableFuture<?> unused = answers.whenComplete((given, failure) -> {
            alarm.cancel();
            if (decoding.withdraw(task, work)) {
                memory.close();
            }
        });
        decoding.submit(task, work);
        return answers;
    }

    private void expire() {
        answers.completeExceptionally(new DeadlineException(task, time));
    }

    private void decode() {
        try (memory) {
            Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            CompletableFuture<List<Answer>> computed = predictor.predictAsync(task, new DecodedOnDemand(), left);
            passFailureOn(computed);
            takeOutcome(computed);
        } catch (Throwable e) { // whatever it is, the client is to know
            fail(e);
        }
    }

    private void passFailureOn(CompletableFuture<List<Answer>> computed) {
        CompletableFuture<?> unused = answers.whenComplete((given, failure) -> {
            if (failure != null) {
                computed.completeExceptionally(failure);
            }
        });
    }

    private void takeOutcome(CompletableFuture<List<Answer>> computed) {
        CompletableFuture<?> unused = computed.whenComplete((given, failure) -> {
            if (failure == null) {
                answers.complete(given);
            } else {
                fail(failure);
            }
        });
    }

    private void fail(Throwable failure) {
        if (failure instanceof DeadlineException) {
            expire();
        } else {
            answers.completeExceptionally(failure);
        }
    }

    /** Images that are decoded when they are asked for, until the client is gone. */
    private final class DecodedOnDemand implements ImageSource {
        private long pixels;

        @Override
        public RawImage image(int index) {
            if (answers.isCancelled()) {
                throw new CancellationException("nobody waits for the answers any more");
            }
            Encoded image = images.get(index);
            RawImage decoded = decoder.decode(image.bytes(), image.name());
            pixels += (long) decoded.width() * decoded.height();
            if (pixels > maxPixels) {
                throw new Problem(
                                413,
                                "the images have more than the " + maxPixels
                                        + " pixels that the masks of a request may have together; send fewer at once")
                        .refused();
            }
            return decoded;
        }

        @Override
        public int size() {
            return images.size();
        }
    }
}
