package dev.inlay.serve.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * What a client is still sending when its request is refused. Closing a connection with bytes unread resets it, and a client
 * that is still writing then never sees why it was refused; so the rest is taken and thrown away, as far as it is short and comes
 * quickly.
 */
final class BodyDrain {
    private static final int MAX_BYTES = 1 << 20;
    private static final long MAX_MILLIS = 1_000;
    private static final int CHUNK = 16 << 10;

    private BodyDrain() {}

    /** Takes at most a megabyte in at most a second. A client that waits to be asked for its body is not asked. */
    static void discard(Context context) {
        if (context.header("Expect") != null) {
            return;
        }
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MAX_MILLIS);
        byte[] chunk = new byte[CHUNK];
        try (ReadingTime in = new ReadingTime(context, () -> TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()))) {
            int total = 0;
            for (int count = 0; count >= 0 && total < MAX_BYTES; total += count) {
                count = in.read(chunk, 0, CHUNK);
            }
        } catch (IOException e) {
            return; // nobody sends any more, or too slowly; the answer is sent all the same
        }
    }
}
