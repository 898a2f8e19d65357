package dev.inlay.hub;

import dev.inlay.error.InlayException;

/** The hub cannot be reached or does not serve; what the cache holds may do instead. */
final class HubUnavailableException extends InlayException {
    private static final long serialVersionUID = 1L;

    HubUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
