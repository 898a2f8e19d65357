package dev.inlay.doctor;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitSpec;

/** A network that trains in milliseconds. */
final class SmallNetwork {
    private static final VitSpec SPEC = new VitSpec(16, 16, 8, 32, 2, 2, 64, 0, VitSpec.TIMM_EPS);

    private SmallNetwork() {}

    static Backbone random() {
        return VitLoader.random("custom", SPEC, 0);
    }
}
