package dev.inlay.hub;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A checkpoint in the cache.
 *
 * @param repo {@code ORG/NAME}
 * @param commit 40 hexadecimal digits; as a revision it gives these very files again
 * @param weights the file of weights, or the index ({@code .index.json}) of several beside it
 * @param files all files, {@code weights} first
 * @param backbone timm's name of the network, where {@code config.json} or timm's name of the checkpoint says it
 * @param unchecked why the hub was not asked whether there is something newer; empty if it was, or the revision is a commit
 */
public record PulledModel(
        String repo,
        String commit,
        Path weights,
        List<Path> files,
        Optional<String> backbone,
        Optional<String> unchecked) {
    /** Copies the list. */
    public PulledModel {
        files = List.copyOf(files);
    }
}
