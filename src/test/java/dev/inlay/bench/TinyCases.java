package dev.inlay.bench;

import dev.inlay.backbone.TinyBackbones;

/** Cases on a ViT of 32 x 32 pixels in patches of 8, D = 24, two blocks, two heads, MLPs of 32. */
final class TinyCases {
    static final String VIT = TinyBackbones.SPECS.get("vit").strip();

    private TinyCases() {}

    static BenchCase of(Stage stage, String method, String settings, int batch) {
        return new BenchCase(stage, VIT, method, settings.replace('\'', '"'), batch, true, false);
    }
}
