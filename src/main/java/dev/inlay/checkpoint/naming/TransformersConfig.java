package dev.inlay.checkpoint.naming;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of {@code config.json} beside the weights that transformers writes, as far as no shape of a tensor tells
 * them: LayerNorm's epsilon, the number of heads, the activation of the MLPs, and the longest period of rotary positions.
 */
public final class TransformersConfig {
    private static final Logger LOG = LoggerFactory.getLogger(TransformersConfig.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final long MAX_BYTES = 16 << 20;
    private static final String EPS = "eps";
    private static final String HEADS = "heads";
    private static final String ACTIVATION = "mlp";
    private static final String ROTATION = "rope_theta";
    private static final double DINOV3_ROTATION = 100;
    private static final List<String> GATES = List.of("use_swiglu_ffn", "use_gated_mlp");

    private final Path file;
    private final JsonNode settings;

    private TransformersConfig(Path file, JsonNode settings) {
        this.file = file;
        this.settings = settings;
    }

    /**
     * The settings beside a checkpoint; of CLIP, those of its vision tower. Empty if there are none, or if they are no
     * settings of transformers.
     *
     * @throws DataException if {@code config.json} is no JSON or larger than 16 MiB
     */
    public static Optional<TransformersConfig> beside(Checkpoint checkpoint) {
        return checkpoint
                .config()
                .map(file -> new TransformersConfig(file, read(file)))
                .filter(config -> config.settings.has("model_type"))
                .map(config -> new TransformersConfig(
                        config.file,
                        config.settings.has("vision_config") ? config.settings.get("vision_config") : config.settings));
    }

    private static JsonNode read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new DataException(
                        file + ": expected settings of at most " + MAX_BYTES + " bytes, found " + Files.size(file));
            }
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new DataException(file + ": expected JSON, found a fault: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + e, e);
        }
    }

    /**
     * A published variant with the epsilon that the settings beside a checkpoint name: transformers' ViT has 1e-12 where
     * timm's has 1e-6. The same spec if the checkpoint is not in one of transformers' layouts or they agree.
     *
     * @throws DataException if the checkpoint or the settings cannot be read
     */
    public static BackboneSpec withEpsBeside(Path path, BackboneSpec published) {
        try (Checkpoint checkpoint = Network.in(Checkpoint.open(path))) {
            if (!Layouts.of(checkpoint.infos().keySet()).isTransformers()) {
                return published;
            }
            ObjectNode spec = SpecJson.write(published);
            Optional<Double> eps = beside(checkpoint)
                    .flatMap(TransformersConfig::eps)
                    .filter(found -> spec.has(EPS) && found != spec.get(EPS).asDouble());
            if (eps.isEmpty()) {
                return published;
            }
            LOG.info("{}: layer_norm_eps {} of config.json, not timm's {}", path, eps.get(), spec.get(EPS));
            return SpecJson.parse(spec.put(EPS, eps.get()).toString(), path.toString());
        }
    }

    /** LayerNorm's epsilon; empty for ConvNeXt, whose norms but the last ignore it. */
    private Optional<Double> eps() {
        boolean used = !settings.path("model_type").asText().startsWith("convnext");
        return Optional.of(settings.path("layer_norm_eps"))
                .filter(eps -> used && eps.isNumber() && eps.asDouble() > 0)
                .map(JsonNode::asDouble);
    }

    /**
     * Compares with a backbone what both name.
     *
     * @throws DataException listing every setting that differs
     */
    void requireAgreement(BackboneSpec backbone) {
        ObjectNode spec = SpecJson.write(backbone);
        List<String> problems = new ArrayList<>();
        eps().filter(eps -> spec.has(EPS) && eps != spec.get(EPS).asDouble())
                .ifPresent(eps -> problems.add("layer_norm_eps: " + eps + ", the backbone has eps " + spec.get(EPS)));
        for (String key : List.of("num_attention_heads", "num_heads")) {
            if (settings.has(key) && spec.has(HEADS) && !settings.get(key).equals(spec.get(HEADS))) {
                problems.add(key + ": " + settings.get(key) + ", the backbone has heads " + spec.get(HEADS));
            }
        }
        String activation = spec.path(ACTIVATION).asText("gelu");
        Optional<String> gate = GATES.stream()
                .filter(key -> settings.path(key).asBoolean(false))
                .findFirst(); // and then hidden_act is that of the gate
        String used = settings.path("hidden_act").asText(activation);
        boolean agree = gate.isPresent() ? activation.startsWith("swiglu") : used.equals(activation);
        if (!agree) {
            problems.add(
                    gate.map(key -> key + ": true").orElse("hidden_act: " + used) + ", the backbone has " + activation);
        }
        if (settings.path(ROTATION).asDouble(DINOV3_ROTATION) != DINOV3_ROTATION) {
            problems.add(ROTATION + ": " + settings.get(ROTATION) + ", the backbone has " + DINOV3_ROTATION);
        }
        if (!problems.isEmpty()) {
            throw new DataException(file + " contradicts the backbone:\n  - " + String.join("\n  - ", problems)
                    + "\nchoose the variant or spec that the weights were made for");
        }
    }
}
