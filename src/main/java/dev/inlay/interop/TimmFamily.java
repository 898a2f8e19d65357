package dev.inlay.interop;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * How timm builds networks of a family from a name and arguments. Specs are given as JSON, as
 * {@link dev.inlay.backbone.SpecJson} writes them.
 */
enum TimmFamily {
    /** {@code models/vision_transformer.py}. */
    VIT("vit_base_patch16_224", true) {
        @Override
        Set<String> unnamed(ObjectNode spec) {
            Set<String> problems = PlainVit.others(spec);
            problems.addAll(otherEps(spec, "ViTs", 1e-6));
            return problems;
        }

        @Override
        void describe(ObjectNode spec, ObjectNode arguments) {
            rename(spec, arguments, "patch", "patch_size");
            rename(spec, arguments, "dim", "embed_dim");
            rename(spec, arguments, "depth", "depth");
            rename(spec, arguments, "heads", "num_heads");
            arguments.put(
                    "mlp_ratio",
                    TimmExport.ratio(spec.get("hidden").asInt(), spec.get("dim").asInt()));
        }
    },
    /** {@code models/swin_transformer.py}, whose loading resizes the tables of windows that are no squares. */
    SWIN("swin_tiny_patch4_window7_224", true) {
        @Override
        Set<String> unnamed(ObjectNode spec) {
            return otherEps(spec, "Swin Transformers", 1e-5);
        }

        @Override
        Set<String> unloadable(ObjectNode spec) {
            Set<String> problems = new TreeSet<>();
            int patch = spec.get("patch").asInt();
            int window = spec.get("window").asInt();
            for (int stage = 0; stage < spec.get("depths").size(); stage++) {
                int height = Math.min(spec.get("height").asInt() / patch >> stage, window);
                int width = Math.min(spec.get("width").asInt() / patch >> stage, window);
                if (height != width) {
                    problems.add("window: " + height + " × " + width + " tokens in stage " + stage
                            + ", and timm's loading takes every table for one of a square");
                }
            }
            return problems;
        }

        @Override
        void describe(ObjectNode spec, ObjectNode arguments) {
            rename(spec, arguments, "patch", "patch_size");
            rename(spec, arguments, "dim", "embed_dim");
            rename(spec, arguments, "depths", "depths");
            rename(spec, arguments, "heads", "num_heads");
            rename(spec, arguments, "window", "window_size");
            rename(spec, arguments, "ratio", "mlp_ratio");
        }
    },
    /** {@code models/convnext.py}: four stages, which double the stride of the stem to less than 64. */
    CONVNEXT("convnext_tiny", false) {
        private static final int STAGES = 4;
        private static final List<Integer> PATCHES = List.of(1, 3, 4, 5, 6, 7);

        @Override
        Set<String> unnamed(ObjectNode spec) {
            Set<String> problems = new TreeSet<>();
            if (spec.get("depths").size() != STAGES) {
                problems.add("depths: " + spec.get("depths") + ", timm's ConvNeXts have " + STAGES + " stages");
            }
            if (spec.has("headEps")) {
                problems.add("headEps: " + spec.get("headEps") + ", all norms of timm's ConvNeXts have one epsilon");
            }
            if (!PATCHES.contains(spec.get("patch").asInt())) {
                problems.add("patch: " + spec.get("patch") + ", timm halves the image in front of other stages then");
            }
            return problems;
        }

        @Override
        void describe(ObjectNode spec, ObjectNode arguments) {
            rename(spec, arguments, "patch", "patch_size");
            rename(spec, arguments, "depths", "depths");
            rename(spec, arguments, "dims", "dims");
            rename(spec, arguments, "eps", "norm_eps");
        }
    };

    private final String template;
    private final boolean sized;

    TimmFamily(String template, boolean sized) {
        this.template = template;
        this.sized = sized;
    }

    /** The family of a backbone. */
    static TimmFamily of(Backbone backbone) {
        return valueOf(BackboneFamily.of(backbone.spec()).name().toUpperCase(Locale.ROOT));
    }

    /** The published network whose arguments make any network of the family that {@link #unnamed} lets pass. */
    String template() {
        return template;
    }

    /** Whether timm has to be told the size of the images. */
    boolean isSized() {
        return sized;
    }

    /** What no argument of {@link #template} says. */
    abstract Set<String> unnamed(ObjectNode spec);

    /** What timm would load as something else, published or not. */
    Set<String> unloadable(ObjectNode spec) {
        return Set.of();
    }

    /** Adds the arguments of {@link #template} but for the size of the images. */
    abstract void describe(ObjectNode spec, ObjectNode arguments);

    private static void rename(ObjectNode spec, ObjectNode arguments, String ours, String timms) {
        arguments.set(timms, spec.get(ours));
    }

    private static Set<String> otherEps(ObjectNode spec, String what, double eps) {
        Set<String> problems = new TreeSet<>();
        if (spec.get("eps").asDouble() != eps) {
            problems.add("eps: " + spec.get("eps") + ", timm's " + what + " have " + eps);
        }
        return problems;
    }
}
