package dev.inlay.backbone;

import java.util.Map;

/** Backbones of every family that run in milliseconds. */
public final class TinyBackbones {
    /** Family to the JSON of a spec. */
    public static final Map<String, String> SPECS = Map.of(
            "convnext",
            """
            {"family": "convnext", "height": 32, "width": 32, "patch": 4, "depths": [1, 1], "dims": [8, 12]}
            """,
            "swin",
            """
            {"family": "swin", "height": 32, "width": 32, "patch": 4, "dim": 8, "depths": [2, 2], "heads": [1, 2],
             "window": 4, "ratio": 2}
            """,
            "vit",
            """
            {"family": "vit", "height": 32, "width": 32, "patch": 8, "dim": 24, "depth": 2, "heads": 2, "hidden": 32}
            """);

    private TinyBackbones() {}
}
