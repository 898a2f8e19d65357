package dev.inlay.checkpoint;

import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Folders as transformers and timm write them: the weights under one of a few names, their settings beside them. */
final class CheckpointFolder {
    private static final List<String> NAMES = List.of(
            "model.safetensors",
            "model.safetensors" + Checkpoint.INDEX_SUFFIX,
            "pytorch_model.bin",
            "pytorch_model.bin" + Checkpoint.INDEX_SUFFIX);

    private CheckpointFolder() {}

    /**
     * The file of weights in a folder; any other path is returned as it is.
     *
     * @throws DataException if the folder has none; lists the names that were looked for
     */
    static Path resolve(Path path) {
        if (!Files.isDirectory(path)) {
            return path;
        }
        return weights(path)
                .orElseThrow(() -> new DataException(path + ": expected a folder with one of "
                        + String.join(", ", NAMES) + ", found none of them; give the file of weights"));
    }

    /** Whether {@code path} is a folder with a file of weights. */
    static boolean holdsWeights(Path path) {
        return weights(path).isPresent();
    }

    private static Optional<Path> weights(Path folder) {
        return NAMES.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst();
    }
}
