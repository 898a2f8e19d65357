package dev.inlay.error;

/** A file of data, weights, scores, a plan or a task that cannot be used as it is. Exit code 3. */
public class DataException extends InlayException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message names the file and the place in it
     */
    public DataException(String message) {
        super(message);
    }

    /**
     * @param message names the file and the place in it
     * @param cause what was caught, for the log
     */
    public DataException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public int exitCode() {
        return 3;
    }
}
