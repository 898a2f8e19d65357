package dev.inlay.checkpoint.naming;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads {@link NetworkSettings}: the keys of {@code configuration_*.py} in transformers, of {@code save_config_for_hf} and the
 * constructors of {@code VisionTransformer}, {@code SwinTransformer} and {@code ConvNeXt} in timm, and of {@code CLIPVisionCfg} in OpenCLIP.
 */
final class SettingsReader {
    private static final String OPEN_CLIP = "open_clip_config.json";
    private static final String MODEL_TYPE = "model_type";
    private static final String ARCHITECTURE = "architecture";
    private static final double DINOV3_ROTATION = 100;
    private static final double SWIN_EPS = 1e-5;
    private static final double CONVNEXT_EPS = 1e-6;
    private static final int CLIP_HEAD_WIDTH = 64;
    private static final String EXACT = "gelu";

    /** What else the exact GELU and the others are called. */
    private static final Map<String, String> ACTIVATIONS = Map.of("gelu_python", EXACT, "quickgelu", "quick_gelu");

    /** Arguments of timm's that only training reads, or that show in the tensors. */
    private static final Set<String> HARMLESS = Set.of(
            "img_size",
            "patch_size",
            "in_chans",
            "num_classes",
            "embed_dim",
            "depth",
            "depths",
            "dims",
            "mlp_ratio",
            "qkv_bias",
            "proj_bias",
            "conv_bias",
            "init_values",
            "ls_init_value",
            "head_init_scale",
            "class_token",
            "reg_tokens",
            "num_reg_tokens",
            "no_embed_class",
            "pos_embed",
            "pre_norm",
            "fc_norm",
            "use_fc_norm",
            "final_norm",
            "qk_norm",
            "scale_attn_norm",
            "scale_mlp_norm",
            "dynamic_img_size",
            "strict_img_size",
            "always_partition",
            "window_size",
            "kernel_sizes",
            "stem_type",
            "conv_mlp",
            "use_grn",
            "head_norm_first",
            "head_hidden_size",
            "drop_rate",
            "pos_drop_rate",
            "patch_drop_rate",
            "proj_drop_rate",
            "attn_drop_rate",
            "drop_path_rate",
            "weight_init",
            "fix_init");

    private SettingsReader() {}

    /**
     * What is known of a network besides its tensors.
     *
     * @param network found by {@link Network#in}
     * @throws DataException if a file of settings is no JSON or larger than 16 MiB
     */
    static NetworkSettings of(Checkpoint network, CheckpointLayout layout) {
        Optional<Path> config = network.config();
        if (layout.isTransformers()) {
            Optional<JsonNode> settings = config.map(NetworkSettings::read).filter(json -> json.has(MODEL_TYPE));
            return settings.map(json -> transformers(config.get().toString(), json))
                    .orElseGet(() -> new NetworkSettings(layout.name()));
        }
        Path openClip = network.path().resolveSibling(OPEN_CLIP);
        if (layout == Layouts.CLIP_AUTHORS) {
            return Files.isRegularFile(openClip)
                    ? openClip(
                            openClip.toString(), NetworkSettings.read(openClip).path("model_cfg"))
                    : ofCode(layout);
        }
        if (layout.eps().isPresent()) {
            return ofCode(layout);
        }
        return config.map(NetworkSettings::read)
                .filter(json -> json.path(ARCHITECTURE).isTextual())
                .map(json -> timm(config.get().toString(), json))
                .orElseGet(() -> new NetworkSettings(layout.name()));
    }

    private static NetworkSettings ofCode(CheckpointLayout layout) {
        NetworkSettings settings = new NetworkSettings(layout.name());
        layout.eps().ifPresent(eps -> settings.eps("eps: " + eps + " in their code", eps));
        return settings;
    }

    private static NetworkSettings transformers(String source, JsonNode whole) {
        NetworkSettings settings = new NetworkSettings(source);
        JsonNode json = whole.has("vision_config") ? whole.get("vision_config") : whole;
        String type = json.path(MODEL_TYPE).asText();
        JsonNode eps = json.path("layer_norm_eps");
        if (eps.isNumber() && eps.asDouble() > 0) {
            String setting = "layer_norm_eps: " + eps;
            if (type.startsWith("convnext")) {
                settings.eps("eps: " + CONVNEXT_EPS + " in transformers' code", CONVNEXT_EPS);
                settings.headEps(setting, eps.asDouble());
            } else {
                settings.eps(setting, eps.asDouble());
                if (type.startsWith("swin") && eps.asDouble() != SWIN_EPS) {
                    settings.notComputed(
                            setting + ", but " + SWIN_EPS + " in the norms of the patches and between stages");
                }
            }
        }
        for (String key : List.of("num_attention_heads", "num_heads")) {
            if (json.has(key)) {
                settings.heads(key + ": " + json.get(key), json.get(key));
            }
        }
        transformersMlp(settings, json);
        transformersRotation(settings, json);
        return settings;
    }

    private static void transformersMlp(NetworkSettings settings, JsonNode json) {
        String name = json.path("hidden_act").asText("");
        if (json.path("use_swiglu_ffn").asBoolean(false)) {
            settings.activation("use_swiglu_ffn: true", "swiglu");
        } else if (json.path("use_gated_mlp").asBoolean(false)) {
            settings.activation("use_gated_mlp: true", "swiglu_split");
            if (!name.isEmpty() && !name.equals("silu")) {
                settings.notComputed("use_gated_mlp: true with hidden_act: " + name);
            }
        } else if (!name.isEmpty()) {
            settings.activation("hidden_act: " + name, ACTIVATIONS.getOrDefault(name, name));
        }
    }

    private static void transformersRotation(NetworkSettings settings, JsonNode json) {
        JsonNode parameters = json.path("rope_parameters");
        JsonNode theta = json.has("rope_theta") ? json.get("rope_theta") : parameters.path("rope_theta");
        if (theta.asDouble(DINOV3_ROTATION) != DINOV3_ROTATION) {
            settings.notComputed("rope_theta: " + theta + ", the backbone has " + DINOV3_ROTATION);
        }
        String type = parameters.path("rope_type").asText("default");
        if (!type.equals("default")) {
            settings.notComputed("rope_type: " + type);
        }
    }

    private static NetworkSettings timm(String source, JsonNode json) {
        NetworkSettings settings = new NetworkSettings(source);
        architecture(settings, json.get(ARCHITECTURE).asText());
        json.path("model_args")
                .properties()
                .forEach(argument -> argument(settings, argument.getKey(), argument.getValue()));
        pooling(settings, "global_pool", json.path("global_pool"));
        return settings;
    }

    /** What a name of timm's stands for beyond the shapes. */
    private static void architecture(NetworkSettings settings, String name) {
        String plain = name.split("\\.", 2)[0];
        BackboneSpec published = BackboneFamily.published().get(plain);
        String setting = ARCHITECTURE + ": " + name;
        if (published == null) {
            settings.unknown(setting);
            return;
        }
        ObjectNode spec = SpecJson.write(published);
        settings.eps(setting + " with eps " + spec.get("eps"), spec.get("eps").asDouble());
        if (spec.has("heads")) {
            settings.heads(setting + " with heads " + spec.get("heads"), spec.get("heads"));
        }
        String activation = spec.path("mlp").asText(EXACT);
        settings.activation(setting + " with " + activation, activation);
        if (!spec.has("family")) {
            String pooling = spec.path("globalPool").asText("token");
            settings.pooling(setting + " with " + pooling, pooling);
        }
    }

    private static void argument(NetworkSettings settings, String key, JsonNode value) {
        String setting = "model_args." + key + ": " + value;
        boolean off = value.isNull()
                || value.isBoolean() && !value.asBoolean()
                || value.isTextual() && value.asText().isEmpty();
        if (HARMLESS.contains(key) || off) {
            return;
        }
        switch (key) {
            case "num_heads" -> settings.heads(setting, value);
            case "norm_eps" -> settings.eps(setting, value.asDouble());
            case "global_pool" -> pooling(settings, "model_args.global_pool", value);
            case "act_layer" -> settings.activation(setting, ACTIVATIONS.getOrDefault(value.asText(), value.asText()));
            default -> settings.notComputed(setting);
        }
    }

    /** An empty text is a network without pooling, which says nothing of how its features are made. */
    private static void pooling(NetworkSettings settings, String key, JsonNode value) {
        if (value.isTextual() && !value.asText().isEmpty()) {
            settings.pooling(key + ": " + value.asText(), value.asText());
        }
    }

    private static NetworkSettings openClip(String source, JsonNode model) {
        NetworkSettings settings = new NetworkSettings(source);
        JsonNode vision = model.path("vision_cfg");
        JsonNode eps = vision.path("norm_kwargs").path("eps");
        double used = eps.asDouble(Layouts.CLIP_AUTHORS.eps().orElseThrow());
        settings.eps(eps.isNumber() ? "norm_kwargs.eps: " + eps : "eps: " + used + " in OpenCLIP's code", used);
        boolean quick = model.path("quick_gelu").asBoolean(false);
        settings.activation("quick_gelu: " + quick, quick ? "quick_gelu" : EXACT);
        if (vision.path("width").isInt()) {
            int headWidth = vision.path("head_width").asInt(CLIP_HEAD_WIDTH);
            int heads = vision.get("width").asInt() / Math.max(1, headWidth);
            settings.heads("head_width: " + headWidth, IntNode.valueOf(heads));
        }
        String pool = vision.path("pool_type").asText("tok");
        settings.pooling("pool_type: " + pool, pool.equals("tok") ? "token" : pool);
        for (String key : List.of("act_kwargs", "final_ln_after_pool", "attentional_pool")) {
            JsonNode value = vision.path(key);
            boolean off = value.isMissingNode()
                    || value.isNull()
                    || value.isBoolean() && !value.asBoolean()
                    || value.isObject() && value.isEmpty();
            if (!off) {
                settings.notComputed(key + ": " + value);
            }
        }
        return settings;
    }
}
