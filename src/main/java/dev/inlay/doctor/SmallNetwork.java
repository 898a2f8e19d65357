package dev.inlay.doctor;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;

/** A network that trains in milliseconds. */
final class SmallNetwork {
    private static final String SPEC =
            """
            {"family": "vit", "height": 16, "width": 16, "patch": 8, "dim": 32, "depth": 2, "heads": 2, "hidden": 64}""";

    private SmallNetwork() {}

    static Backbone random() {
        BackboneSpec spec = SpecJson.parse(SPEC, "the doctor's network");
        return BackboneFamily.of(spec).random("custom", spec, 0);
    }
}
