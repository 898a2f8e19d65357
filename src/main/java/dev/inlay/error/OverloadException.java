package dev.inlay.error;

/** A request that was not taken because too many are waiting; the same request may succeed a moment later. */
public class OverloadException extends InlayException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what is full, its limit, what to do
     */
    public OverloadException(String message) {
        super(message);
    }
}
