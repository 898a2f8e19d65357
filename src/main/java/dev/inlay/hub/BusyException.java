package dev.inlay.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** A server that cannot answer now and may later. */
final class BusyException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Optional<Duration> retryAfter;

    /**
     * @param retryAfter how long the server asks to wait
     */
    BusyException(String message, Optional<Duration> retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
