package dev.inlay.error;

/** A request whose time ran out before it was computed. */
public class DeadlineException extends InlayException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message whose request, how long it waited, what to do
     */
    public DeadlineException(String message) {
        super(message);
    }
}
