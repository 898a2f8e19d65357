package dev.inlay.serve.http;

import dev.inlay.error.OverloadException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Memory for the bodies of all requests. */
final class BodyMemory {
    private static final int KILOBYTE = 1024;

    private final Semaphore kilobytes;

    /**
     * @param bytes that bodies may hold at a time
     */
    BodyMemory(long bytes) {
        this.kilobytes = new Semaphore((int) Math.min(Integer.MAX_VALUE, bytes / KILOBYTE));
    }

    /** What one request holds; nothing yet. */
    Share share() {
        return new Share();
    }

    /** What one request holds until this is closed, by whatever thread; closing twice is harmless. */
    final class Share implements AutoCloseable {
        private final AtomicInteger held = new AtomicInteger();

        private Share() {}

        /**
         * Holds more.
         *
         * @throws OverloadException if other requests leave no room for it
         */
        void grow(int bytes) {
            int wanted = (bytes + KILOBYTE - 1) / KILOBYTE;
            if (!kilobytes.tryAcquire(wanted)) {
                throw new OverloadException("other requests' bodies leave no room for this one; try again later");
            }
            held.addAndGet(wanted);
        }

        @Override
        public void close() {
            kilobytes.release(held.getAndSet(0));
        }
    }
}
