package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.error.ConfigException;

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
}
