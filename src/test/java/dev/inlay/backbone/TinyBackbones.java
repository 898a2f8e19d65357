package dev.inlay.backbone;

import java.util.Map;

/** Backbones of every family that run in milliseconds. */
public final class TinyBackbones {
    /** Family to the JSON of a spec. */
    public static final Map<String, String> SPECS = Map.of(
            "vit",
            """
            {"family": "vit", "height": 32, "width": 32, "patch": 8, "dim": 24, "depth": 2, "heads": 2, "hidden": 32}
            """);

    private TinyBackbones() {}
}
