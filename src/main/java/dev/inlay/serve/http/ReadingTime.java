package dev.inlay.serve.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Bounds the reading of a body, also while bytes come that are no part of it, such as extensions of chunks and trailers: a read
 * waits for them to end, and the server's own time starts again with each.
 */
final class ReadingTime implements AutoCloseable {
    /** The server passes over the end of the time while it parses what came just then, so a read may have to be told again. */
    private static final long AGAIN_MILLIS = 250;

    private final InputStream in;
    private final Connection connection;
    private final Scheduler scheduler;
    private final LongSupplier left;
    private volatile boolean reading;
    private boolean closed;
    private Scheduler.Task next;

    /**
     * @param left milliseconds until a read is given up; may grow as bytes come
     */
    ReadingTime(Context context, LongSupplier left) {
        ServletContextRequest request = ServletContextRequest.getServletContextRequest(context.req());
        this.in = context.bodyInputStream();
        this.connection = request.getConnectionMetaData().getConnection();
        this.scheduler = request.getComponents().getScheduler();
        this.left = left;
        look();
    }

    /**
     * Reads like the body's stream.
     *
     * @throws IOException also if no time is left
     */
    int read(byte[] target, int offset, int length) throws IOException {
        reading = true;
        try {
            if (left.getAsLong() <= 0) {
                throw new IOException("no time is left");
            }
            return in.read(target, offset, length);
        } finally {
            reading = false;
        }
    }

    private synchronized void look() {
        if (closed) {
            return;
        }
        long millis = left.getAsLong();
        boolean isOver = millis <= 0;
        if (isOver && reading) {
            connection.onIdleExpired(new TimeoutException("the body took too long"));
        }
        if (!isOver || reading) {
            next = scheduler.schedule(this::look, isOver ? AGAIN_MILLIS : millis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (next != null) {
            next.cancel();
        }
    }
}
