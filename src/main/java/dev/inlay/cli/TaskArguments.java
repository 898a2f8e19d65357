package dev.inlay.cli;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.PrecisionChoice;
import dev.inlay.error.ConfigException;
import dev.inlay.inputs.Backbones;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import java.nio.file.Files;
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

    @Option(
            names = "--precision",
            paramLabel = "float32|bf16|auto",
            defaultValue = "float32",
            converter = PrecisionWord.class,
            description = "The numbers to multiply with (${DEFAULT-VALUE}).")
    private PrecisionChoice precision;

    Path task() {
        return whole(task);
    }

    /**
     * A task's file.
     *
     * @throws ConfigException if it is a folder, naming the task in it, if there is one
     */
    static Path whole(Path task) {
        if (Files.isDirectory(task)) {
            Path inside = task.resolve("task.safetensors");
            throw new ConfigException(task + ": expected the file of a task, found a folder"
                    + (Files.exists(inside) ? "; did you mean " + inside + "?" : ""));
        }
        return task;
    }

    Optional<Path> backboneFile() {
        return Optional.ofNullable(backbone);
    }

    /** What the backbone multiplies with. */
    Precision precision() {
        return precision.on(Device.CPU);
    }

    /** The task's backbone; to be closed. */
    Backbone backbone() {
        return Backbones.in(precision(), Backbones.of(task(), backboneFile()));
    }
}
