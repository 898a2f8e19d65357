package dev.inlay.error;

/** A request for a task that is not served. */
public class UnknownTaskException extends InlayException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message names the task and what to do
     */
    public UnknownTaskException(String message) {
        super(message);
    }
}
