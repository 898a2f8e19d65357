package dev.inlay.error;

import java.io.IOException;
import java.nio.file.Path;

/** A file that could not be opened or read now, and perhaps can be later or from elsewhere: what is in it is not known. */
public class UnreadableException extends DataException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * @param file that was to be read
     * @param cause what became of that
     */
    public UnreadableException(Path file, IOException cause) {
        this(file, StorageException.reason(cause), cause);
    }

    private UnreadableException(Path file, String reason, IOException cause) {
        super(file + ": cannot be read: " + reason, cause);
        this.reason = reason;
    }

    /** Why, without the file: equal for files that fail alike. */
    public String reason() {
        return reason;
    }
}
