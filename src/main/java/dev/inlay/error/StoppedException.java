package dev.inlay.error;

/** The run was asked to stop; its state is saved. Exit code 130. */
public class StoppedException extends InlayException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message where it stopped and how to go on
     */
    public StoppedException(String message) {
        super(message);
    }

    @Override
    public int exitCode() {
        return 130;
    }
}
