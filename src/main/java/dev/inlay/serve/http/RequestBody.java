package dev.inlay.serve.http;

import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The body of a request as a stream that refuses to be longer, or slower, than allowed. */
final class RequestBody extends InputStream {
    private static final int KILOBYTE = 1024;
    private static final int CHUNK = 64 * KILOBYTE;

    /** How long a body may take whose bytes come at less than a kilobyte per second. */
    private static final long PATIENCE_MILLIS = 5_000;

    private final long most;
    private final Semaphore readers;
    private final ReadingTime in;
    private final long start = System.nanoTime();
    private final Duration time;
    private final boolean isChunked;
    private volatile long read;

    /**
     * @param most bytes
     * @param time in which it is to arrive
     * @param readers how many more bodies may be read; this is one of them until it is closed
     * @throws RefusedException if the client announces more than that, or has it compressed, or as many are read as may be
     */
    RequestBody(Context context, long most, Duration time, Semaphore readers) {
        this.most = most;
        this.time = time;
        if (context.req().getContentLengthLong() > most) {
            throw tooLong();
        }
        String coding = context.header("Content-Encoding");
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            throw new Problem(
                            415,
                            "Content-Encoding: bodies are taken as they are; send this one uncompressed, without the header")
                    .refused();
        }
        if (!readers.tryAcquire()) {
            throw new Problem(
                            429,
                            "as many bodies are being read as the service reads at a time; try again later",
                            Map.of("Retry-After", "1"))
                    .refused();
        }
        this.readers = readers;
        this.isChunked = context.header("Transfer-Encoding") != null;
        this.in = new ReadingTime(context, this::left);
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        int count;
        try {
            count = in.read(target, offset, Math.min(length, CHUNK));
        } catch (IOException e) {
            throw left() <= 0 ? slow() : broken(e);
        }
        long before = read;
        read = before + Math.max(0, count);
        if (read > most) {
            throw tooLong();
        }
        return count;
    }

    /** Milliseconds until the body is refused if nothing more comes. */
    private long left() {
        long atSlowest = PATIENCE_MILLIS + read * TimeUnit.SECONDS.toMillis(1) / KILOBYTE;
        return Math.min(time.toMillis(), atSlowest) - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private RefusedException broken(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof TimeoutException) {
                return slow();
            }
        }
        return (isChunked
                        ? new Problem(
                                400,
                                "the body's chunks are not proper HTTP (RFC 9112), end too early, or have extensions and"
                                        + " trailers beyond 8 KB; send them properly, or with Content-Length")
                        : new Problem(408, "the body did not arrive whole"))
                .refused();
    }

    private RefusedException slow() {
        return new Problem(
                        408,
                        "the body did not arrive within " + time.toSeconds()
                                + " s, or at less than 1 KB per second; send it faster, or less")
                .refused();
    }

    private RefusedException tooLong() {
        return new Problem(413, "the body is longer than " + most + " bytes, the most taken here; send less at once")
                .refused();
    }

    /**
     * All of it, held in memory: for the bytes as they arrive, their copy, and what is made of them.
     *
     * @param memory where that counts
     * @throws dev.inlay.error.OverloadException if other bodies leave no room
     */
    byte[] bytes(BodyMemory.Share memory) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK];
        for (int count = read(chunk, 0, CHUNK); count >= 0; count = read(chunk, 0, CHUNK)) {
            memory.grow(3 * count);
            all.write(chunk, 0, count);
        }
        return all.toByteArray();
    }

    @Override
    public void close() {
        in.close();
        readers.release();
    }
}
