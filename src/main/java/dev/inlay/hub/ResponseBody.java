package dev.inlay.hub;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The body of an answer, taken piece by piece. A stream would block for ever on a server that falls silent; this does
 * not. Closing it before its end drops the connection.
 */
final class ResponseBody implements HttpResponse.BodySubscriber<ResponseBody>, AutoCloseable {
    private final Duration silence;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private Flow.Subscription subscription;
    private boolean closed;

    /**
     * @param bytes of the body; empty at its end
     * @param failure what broke it off, or null
     */
    private record Event(List<ByteBuffer> bytes, Throwable failure) {}

    /**
     * @param silence how long the next piece may take
     */
    ResponseBody(Duration silence) {
        this.silence = silence;
    }

    /**
     * The next piece, in one or more buffers; empty at the end.
     *
     * @throws IOException if the connection breaks off or nothing comes in time
     */
    Optional<List<ByteBuffer>> next() throws IOException {
        Event event;
        try {
            event = events.poll(silence.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw Timing.interrupted(e);
        }
        if (event == null) {
            throw new HttpTimeoutException("nothing came for " + silence);
        }
        if (event.failure != null) {
            throw new IOException("the connection broke off", event.failure);
        }
        if (event.bytes.isEmpty()) {
            return Optional.empty();
        }
        more();
        return Optional.of(event.bytes);
    }

    private synchronized void more() {
        subscription.request(1);
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (subscription != null) {
            subscription.cancel();
        }
    }

    @Override
    public CompletionStage<ResponseBody> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public synchronized void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (closed) {
            given.cancel();
        } else {
            given.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        if (bytes.isEmpty()) {
            more();
        } else {
            events.add(new Event(bytes, null));
        }
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new Event(List.of(), failure));
    }

    @Override
    public void onComplete() {
        events.add(new Event(List.of(), null));
    }
}
