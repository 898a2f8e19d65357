package dev.inlay.error;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file or folder that could not be written or deleted: the disk is full, read-only, or not ours. */
public class StorageException extends InlayException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * @param path what was to be written or deleted
     * @param cause what became of that
     */
    public StorageException(Path path, IOException cause) {
        this("cannot write " + path, reason(cause), cause);
    }

    private StorageException(String what, String reason, IOException cause) {
        super(what + ": " + reason + "; check that the folder can be written and the disk has room", cause);
        this.reason = reason;
    }

    /** Why, without the path, such as {@code No space left on device}. */
    public String reason() {
        return reason;
    }

    /**
     * Why a file operation failed, without the file and without names of classes.
     *
     * @param cause what the operation threw
     */
    public static String reason(IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return "there is no such file or folder";
        } else if (cause instanceof AccessDeniedException) {
            return "permission denied";
        } else if (cause instanceof FileAlreadyExistsException) {
            return "something of that name is there already";
        } else if (cause instanceof DirectoryNotEmptyException) {
            return "the folder is not empty";
        }
        String said = cause instanceof FileSystemException at ? at.getReason() : cause.getMessage();
        return said == null || said.isBlank() ? "the file system gives no reason" : said;
    }
}
