package dev.inlay.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How often and when one thing is asked for again. Not safe for use by several threads. */
final class Retries {
    /** As many as huggingface_hub's; with the waits below some 20 seconds, which outlasts a restart of a router. */
    static final int MAX_FAILURES = 5;

    /** A wait that the hub asks for: its limits are per five minutes. Longer ones are for the user to decide on. */
    static final Duration MAX_ASKED = Duration.ofMinutes(5);

    /** So much since the last failure shows a connection that works, if not for long. */
    static final long PROGRESS_BYTES = 1 << 20;

    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration MAX_WAIT = Duration.ofSeconds(8);
    private static final Duration WORTH_SAYING = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(Retries.class);

    private final Timing timing;
    private final String what;
    private int failures;
    private long received;

    /**
     * @param what is asked for, for messages
     */
    Retries(Timing timing, String what) {
        this.timing = timing;
        this.what = what;
    }

    /** Bytes came; a server that sends enough of them is forgiven its earlier failures. */
    void received(long bytes) {
        received += bytes;
    }

    /**
     * Waits before the next attempt.
     *
     * @throws HubUnavailableException if there have been too many, or the server asks to wait for too long
     */
    void after(IOException failure) {
        failures = received >= PROGRESS_BYTES ? 1 : failures + 1;
        received = 0;
        if (failures > MAX_FAILURES) {
            throw unavailable(failure, "given up after " + failures + " attempts");
        }
        Duration wait = FIRST_WAIT.multipliedBy(1L << (failures - 1));
        wait = wait.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : wait;
        if (failure instanceof BusyException busy && busy.retryAfter().isPresent()) {
            wait = busy.retryAfter().get();
            if (wait.compareTo(MAX_ASKED) > 0) {
                throw unavailable(failure, "it asks to wait for " + wait.toSeconds() + " s; try again then");
            }
        }
        if (wait.compareTo(WORTH_SAYING) > 0) {
            LOG.warn("{}: {}; asking again in {} s", what, reason(failure), wait.toSeconds());
        } else {
            LOG.info("{}: {}; asking again in {} s", what, reason(failure), wait.toSeconds());
        }
        timing.pause(wait);
    }

    private HubUnavailableException unavailable(IOException failure, String end) {
        return new HubUnavailableException(what + ": " + reason(failure) + ", " + end, failure);
    }

    static String reason(IOException failure) {
        if (failure instanceof ConnectException) {
            return "no connection";
        }
        if (failure instanceof HttpTimeoutException) {
            return "no answer in time";
        }
        return failure instanceof BusyException ? failure.getMessage() : "the connection broke off";
    }
}
