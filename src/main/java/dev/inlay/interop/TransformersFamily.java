package dev.inlay.interop;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.checkpoint.naming.CheckpointLayout;
import dev.inlay.checkpoint.naming.Layouts;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The classifier of transformers that computes what networks of a family do. Specs are given as JSON, as
 * {@link dev.inlay.backbone.SpecJson} writes them.
 */
enum TransformersFamily {
    /** {@code models/vit}. */
    VIT("vit", "ViTForImageClassification") {
        @Override
        CheckpointLayout layout() {
            return Layouts.VIT;
        }

        @Override
        Set<String> others(ObjectNode spec) {
            return PlainVit.others(spec);
        }

        @Override
        void describe(ObjectNode spec, ObjectNode config) {
            config.set("hidden_size", spec.get("dim"));
            config.set("num_hidden_layers", spec.get("depth"));
            config.set("num_attention_heads", spec.get("heads"));
            config.set("intermediate_size", spec.get("hidden"));
            config.set("layer_norm_eps", spec.get("eps"));
            config.put("hidden_dropout_prob", 0.0).put("attention_probs_dropout_prob", 0.0);
            config.put("qkv_bias", true);
        }
    },
    /**
     * {@code models/swin}: every table is one of {@code window_size}; shifts stop in both directions where the shorter side
     * is one window; padding comes before the shift, and the norms of embedding and merging have torch's epsilon.
     */
    SWIN("swin", "SwinForImageClassification") {
        private static final double TORCH_EPS = 1e-5;

        @Override
        CheckpointLayout layout() {
            return Layouts.SWIN;
        }

        @Override
        Set<String> others(ObjectNode spec) {
            Set<String> others = new TreeSet<>();
            if (spec.get("eps").asDouble() != TORCH_EPS) {
                others.add("eps: " + spec.get("eps") + ", some norms of SwinForImageClassification have " + TORCH_EPS);
            }
            int stages = spec.get("depths").size();
            int rows = spec.get("height").asInt() / spec.get("patch").asInt();
            int columns = spec.get("width").asInt() / spec.get("patch").asInt();
            int window = spec.get("window").asInt();
            for (int stage = 0; stage < stages; stage++) {
                int height = rows >> stage;
                int width = columns >> stage;
                boolean whole = height << stage == rows && width << stage == columns;
                boolean windows = height > 0 && height % window == 0 && width > 0 && width % window == 0;
                boolean oneSided = height != width && Math.min(height, width) == window;
                if (!whole || !windows || oneSided) {
                    others.add("window: " + window + " where stage " + stage + " has " + height + " × " + width
                            + " tokens");
                }
            }
            return others;
        }

        @Override
        void describe(ObjectNode spec, ObjectNode config) {
            config.set("embed_dim", spec.get("dim"));
            config.set("depths", spec.get("depths"));
            config.set("num_heads", spec.get("heads"));
            config.set("window_size", spec.get("window"));
            config.set("mlp_ratio", spec.get("ratio"));
            config.set("layer_norm_eps", spec.get("eps"));
            config.put("hidden_dropout_prob", 0.0).put("attention_probs_dropout_prob", 0.0);
            config.put("qkv_bias", true).put("use_absolute_embeddings", false);
        }
    },
    /** {@code models/convnext}, whose norms but the last have an epsilon of their own. */
    CONVNEXT("convnext", "ConvNextForImageClassification") {
        private static final double EPS = 1e-6;

        @Override
        CheckpointLayout layout() {
            return Layouts.CONVNEXT;
        }

        @Override
        Set<String> others(ObjectNode spec) {
            Set<String> others = new TreeSet<>();
            if (spec.get("eps").asDouble() != EPS) {
                others.add("eps: " + spec.get("eps") + ", the norms of ConvNextForImageClassification have " + EPS);
            }
            return others;
        }

        @Override
        void describe(ObjectNode spec, ObjectNode config) {
            config.put("num_stages", spec.get("depths").size());
            config.set("depths", spec.get("depths"));
            config.set("hidden_sizes", spec.get("dims"));
            config.set("layer_norm_eps", spec.has("headEps") ? spec.get("headEps") : spec.get("eps"));
        }
    };

    private final String modelType;
    private final String classifier;

    TransformersFamily(String modelType, String classifier) {
        this.modelType = modelType;
        this.classifier = classifier;
    }

    /** The family of a backbone. */
    static TransformersFamily of(Backbone backbone) {
        return valueOf(BackboneFamily.of(backbone.spec()).name().toUpperCase(Locale.ROOT));
    }

    /** {@code model_type} of config.json. */
    String modelType() {
        return modelType;
    }

    /** The class that loads the folder. */
    String classifier() {
        return classifier;
    }

    /** How the class names its tensors. */
    abstract CheckpointLayout layout();

    /** What a spec has that the class does not. */
    abstract Set<String> others(ObjectNode spec);

    /** Adds the family's own settings. */
    abstract void describe(ObjectNode spec, ObjectNode config);
}
