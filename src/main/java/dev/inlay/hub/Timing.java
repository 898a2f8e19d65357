package dev.inlay.hub;

import dev.inlay.error.InlayException;
import java.time.Duration;
import java.time.InstantSource;

/**
 * How long to wait for what.
 *
 * @param connect for a connection
 * @param answer for the first byte of an answer; the hub may have to ask a store
 * @param silence for the next bytes of a body, however slowly they come
 * @param clock what a date in {@code Retry-After} is compared with
 * @param sleep how to wait before asking again
 */
record Timing(Duration connect, Duration answer, Duration silence, InstantSource clock, Sleep sleep) {
    /** What users get. */
    static final Timing REAL = new Timing(
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            InstantSource.system(),
            duration -> Thread.sleep(duration.toMillis()));

    /** Waits, or in a test notes how long. */
    @FunctionalInterface
    interface Sleep {
        void sleep(Duration duration) throws InterruptedException;
    }

    /**
     * @throws InlayException if the thread is interrupted; it stays so
     */
    void pause(Duration duration) {
        try {
            sleep.sleep(duration);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    static InlayException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new InlayException("interrupted while talking to the hub; rerun the same command to resume", e);
    }
}
