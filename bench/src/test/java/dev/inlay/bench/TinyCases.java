package dev.inlay.bench;

import dev.inlay.tensor.Precision;

/** Cases on a ViT of 32 x 32 pixels in patches of 8, D = 24, two blocks, two heads, MLPs of 32. */
final class TinyCases {
    static final String VIT =
            """
            {"family": "vit", "height": 32, "width": 32, "patch": 8, "dim": 24, "depth": 2, "heads": 2, "hidden": 32}\
            """;

    private TinyCases() {}

    static BenchCase of(Stage stage, String method, String settings, int batch) {
        return new BenchCase(stage, VIT, method, settings.replace('\'', '"'), batch, true, false, Precision.FLOAT32);
    }
}
