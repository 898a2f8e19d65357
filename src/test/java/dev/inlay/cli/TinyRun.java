package dev.inlay.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A config whose run goes through every phase in a second or two. */
public final class TinyRun {
    static final String SPEC =
            """
            {"height": 16, "width": 16, "patch": 4, "dim": 16, "depth": 2, "heads": 2, "hidden": 24}
            """;

    private static final String CONFIG =
            """
            name: tiny
            seed: 5
            threads: 1
            backbone: {name: custom, spec: vit.json, random: true, dropPath: 0.1}
            data:
              type: builtin
              task: shape
              size: 16
              train: 96
              validation: 32
              test: 48
              transform: {resize: square, resizeTo: 18}
              augment: {flip: true, crop: random}
              workers: 1
            method: {type: spt, rank: 2, budget: 400, dropout: 0.1, dropPath: 0.1}
            sensitivity: {batchSize: 16, batches: 4}
            train:
              epochs: 4
              batchSize: 16
              journal: {everySteps: 3, everySeconds: 0}
            search: {grid: {train.learningRate: [1e-3, 1e-2]}, repeats: 1}
            """;

    private TinyRun() {}

    /** Writes the config and the sizes of its backbone. */
    public static Path config(Path folder) {
        try {
            Files.writeString(folder.resolve("vit.json"), SPEC);
            return Files.writeString(folder.resolve("run.yaml"), CONFIG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
