package dev.inlay.proposal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.checkpoint.naming.BackboneWeights;
import dev.inlay.data.transform.Normalization;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The backbone of a proposed config.
 *
 * @param name of timm
 * @param file its weights; where none is given, one in the config's folder
 * @param given whether the file was given, and so is there
 * @param published the normalisation that timm's {@code config.json} next to the file names; empty if there is none
 */
public record ProposedBackbone(String name, Path file, boolean given, Optional<Normalization> published) {
    private static final String SMALL = "deit_tiny_patch16_224";

    /** Mean and deviation of CLIP's images, OpenAI's and most of OpenCLIP's. */
    private static final Normalization CLIP =
            new Normalization(List.of(0.48145466, 0.4578275, 0.40821073), List.of(0.26862954, 0.26130258, 0.27577711));

    private static final Map<Normalization, String> NAMES = Map.of(
            Normalization.IMAGENET, "imagenet", Normalization.INCEPTION, "inception", Normalization.NONE, "none");

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** Returns a small backbone that has yet to be downloaded. */
    public static ProposedBackbone none() {
        return new ProposedBackbone(SMALL, Path.of("model.safetensors"), false, Optional.empty());
    }

    /**
     * Returns the backbone of a file whose name is known.
     *
     * @throws dev.inlay.error.DataException if it is no checkpoint
     */
    public static ProposedBackbone of(Path file, String name) {
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            return of(file, name, weights);
        }
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
            return of(path, named.orElseGet(weights::variant), weights);
        }
    }

    private static ProposedBackbone of(Path file, String name, BackboneWeights weights) {
        return new ProposedBackbone(
                name,
                file.toAbsolutePath().normalize(),
                true,
                weights.pretrainedCfg().flatMap(ProposedBackbone::normalization));
    }

    private static Optional<Normalization> normalization(JsonNode pretrainedCfg) {
        try {
            return Optional.of(JSON.treeToValue(pretrainedCfg, Normalization.class));
        } catch (JsonProcessingException e) {
            return Optional.empty(); // the name decides, and the proposal says so
        }
    }

    /** The normalisation of the published weights, or else that of most of timm's weights of this name. */
    Normalization normalization() {
        return published.orElseGet(() -> {
            if (name.contains("_clip_") || name.startsWith("eva_") || name.equals("convnext_xxlarge")) {
                return CLIP;
            }
            return name.startsWith("vit_") && !name.contains("_dino")
                    ? Normalization.INCEPTION
                    : Normalization.IMAGENET;
        });
    }

    /** The value of {@code data.transform.normalize}. */
    String normalize() {
        Normalization value = normalization();
        return NAMES.getOrDefault(value, "{mean: " + value.mean() + ", std: " + value.std() + "}");
    }
}
