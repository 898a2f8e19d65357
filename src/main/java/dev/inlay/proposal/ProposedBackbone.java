package dev.inlay.proposal;

import dev.inlay.checkpoint.naming.BackboneWeights;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;

/**
 * The backbone of a proposed config.
 *
 * @param name of timm
 * @param file its weights; where none is given, one beside the config
 * @param given whether the file was given, and so is there
 */
public record ProposedBackbone(String name, Path file, boolean given) {
    private static final String SMALL = "deit_tiny_patch16_224";

    /** Returns a small backbone that has yet to be downloaded. */
    public static ProposedBackbone none() {
        return new ProposedBackbone(SMALL, Path.of("model.safetensors"), false);
    }

    /** Returns the backbone of a file whose name is known. */
    public static ProposedBackbone of(Path file, String name) {
        return new ProposedBackbone(name, file.toAbsolutePath().normalize(), true);
    }

    /**
     * Returns the backbone that a file holds. Of variants that differ in nothing that tensors show, the one that the path
     * names is taken.
     *
     * @throws dev.inlay.error.ConfigException if the file holds no published variant, or does not decide which
     * @throws dev.inlay.error.DataException if it is no checkpoint
     */
    public static ProposedBackbone of(Path file) {
        Path path = file.toAbsolutePath().normalize();
        try (BackboneWeights weights = BackboneWeights.open(path)) {
            Optional<String> named = weights.variants().stream()
                    .filter(variant -> path.toString().contains(variant))
                    .max(Comparator.comparingInt(String::length));
            return of(path, named.orElseGet(weights::variant));
        }
    }

    /** Which normalisation such weights were most likely trained with. */
    String normalization() {
        return name.startsWith("vit_") ? "inception" : "imagenet";
    }
}
