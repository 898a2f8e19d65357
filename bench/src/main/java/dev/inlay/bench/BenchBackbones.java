package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.error.ConfigException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import java.util.Arrays;
import java.util.List;

/** Backbones with random weights. */
public final class BenchBackbones {
    private static final long SEED = 0;

    private BenchBackbones() {}

    /**
     * Returns a backbone with random weights, always the same.
     *
     * @param name timm's name of a published variant, or the JSON of a spec
     * @throws ConfigException if it is neither
     */
    public static Backbone random(String name) {
        BackboneSpec spec = name.startsWith("{")
                ? SpecJson.parse(name, "the backbone of a case")
                : BackboneFamily.published().get(name);
        if (spec == null) {
            throw new ConfigException("no published backbone is called '" + name + "'; docs/backbones.md lists them");
        }
        return BackboneFamily.of(spec).random(name.startsWith("{") ? "custom" : name, spec, SEED);
    }

    /**
     * Returns the backbone of {@link #random(String)} computing in a precision.
     *
     * @param name as there
     * @throws ConfigException as there
     */
    public static Backbone random(String name, Precision precision) {
        try (Backbone backbone = random(name)) {
            return backbone.in(precision);
        }
    }

    /** Returns the precisions that this CPU has products of its own for. */
    static List<Precision> precisions() {
        return Arrays.stream(Precision.values())
                .filter(precision -> precision.isNative(Device.CPU))
                .toList();
    }
}
