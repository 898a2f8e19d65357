package dev.inlay.error;

/**
 * A failure with a message written for the person who can act on it: what was expected, what was found, where, and
 * what to do. The command line prints the message alone, without a stack trace.
 */
public class InlayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message one clear sentence or list, complete without the cause
     */
    public InlayException(String message) {
        super(message);
    }

    /**
     * @param message one clear sentence or list, complete without the cause
     * @param cause what was caught, for the log
     */
    public InlayException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The exit code of the command line: 1, the run failed. */
    public int exitCode() {
        return 1;
    }
}
