package dev.inlay.batch;

import dev.inlay.data.Fingerprint;
import dev.inlay.error.DataException;
import dev.inlay.error.StorageException;
import dev.inlay.tensor.Precision;
import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a model is.
 *
 * @param task its file, absolute
 * @param backbone the file of its backbone's weights, absolute; null for the built-in one
 * @param fingerprint of the task's file
 * @param precision what it multiplies with
 */
record ModelFiles(String task, String backbone, String fingerprint, Precision precision) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * The fingerprint of a task's file.
     *
     * @throws DataException if it cannot be read
     */
    static String fingerprint(Path task) {
        try {
            return new Fingerprint()
                    .with(ByteBuffer.wrap(Files.readAllBytes(task)))
                    .hex();
        } catch (IOException e) {
            throw new DataException("cannot read " + task + ": " + StorageException.reason(e), e);
        }
    }

    Path taskFile() {
        return Path.of(task);
    }

    Optional<Path> backboneFile() {
        return Optional.ofNullable(backbone).map(Path::of);
    }
}
