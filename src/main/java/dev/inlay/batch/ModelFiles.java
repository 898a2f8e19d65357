package dev.inlay.batch;

import dev.inlay.tensor.Precision;
import java.io.Serial;
import java.io.Serializable;
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

    Path taskFile() {
        return Path.of(task);
    }

    Optional<Path> backboneFile() {
        return Optional.ofNullable(backbone).map(Path::of);
    }
}
