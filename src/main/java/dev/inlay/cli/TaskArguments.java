package dev.inlay.cli;

import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options {@code --task FILE [--backbone FILE]} of the commands that use a task. */
final class TaskArguments {
    @Option(names = "--task", required = true, paramLabel = "FILE", description = "The task (safetensors).")
    private Path task;

    @Option(
            names = "--backbone",
            paramLabel = "FILE",
            description = "The weights of the backbone it was trained on; not needed for the built-in one.")
    private Path backbone;

    Path task() {
        return task;
    }

    Optional<Path> backboneFile() {
        return Optional.ofNullable(backbone);
    }

    /** The task's backbone; to be closed. */
    Backbone backbone() {
        return Inlay.backboneOf(task, backboneFile());
    }
}
