package dev.inlay.serve.http;

import dev.inlay.error.OverloadException;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;

/** The body of a request as a stream that refuses to be longer, or slower, than allowed. */
final class Body extends InputStream {
    private static final int KILOBYTE = 1024;
    private static final int CHUNK = 64 * KILOBYTE;

    /** How long a body may take whose bytes come at less than a kilobyte per second. */
    private static final long PATIENCE_MILLIS = 5_000;

    private final InputStream in;
    private final EndPoint connection;
    private final long idleMillis;
    private final long most;
    private final long start = System.nanoTime();
    private final Duration time;
    private Semaphore budget = new Semaphore(0);
    private int held;
    private long read;

    /**
     * @param most bytes
     * @param time in which it is to arrive
     * @throws RefusedException if the client announces more than that
     */
    Body(Context context, long most, Duration time) {
        this.most = most;
        this.time = time;
        if (context.req().getContentLengthLong() > most) {
            throw tooLong();
        }
        this.in = context.bodyInputStream();
        this.connection = ServletContextRequest.getServletContextRequest(context.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint();
        this.idleMillis = connection.getIdleTimeout();
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        long left = left();
        if (left <= 0) {
            throw slow();
        }
        connection.setIdleTimeout(Math.min(idleMillis, left));
        int count;
        try {
            count = in.read(target, offset, Math.min(length, CHUNK));
        } catch (IOException e) {
            throw left() <= 0 ? slow() : new Problem(408, "the body did not arrive whole").refused();
        }
        read += Math.max(0, count);
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
     * All of it, held in memory that counts until this is closed: for the bytes as they arrive, their copy, and what is made of
     * them.
     *
     * @param kilobytes what other requests have left of the memory for bodies
     * @throws OverloadException if other bodies leave no room
     */
    byte[] bytes(Semaphore kilobytes) {
        budget = kilobytes;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK];
        for (int count = read(chunk, 0, CHUNK); count >= 0; count = read(chunk, 0, CHUNK)) {
            hold(3 * count);
            all.write(chunk, 0, count);
        }
        return all.toByteArray();
    }

    private void hold(int bytes) {
        int wanted = (bytes + KILOBYTE - 1) / KILOBYTE;
        if (!budget.tryAcquire(wanted)) {
            throw new OverloadException("other requests' bodies leave no room for this one; try again later");
        }
        held += wanted;
    }

    /** Gives the memory back, and the connection its own patience. */
    @Override
    public void close() {
        connection.setIdleTimeout(idleMillis);
        budget.release(held);
        held = 0;
    }
}
