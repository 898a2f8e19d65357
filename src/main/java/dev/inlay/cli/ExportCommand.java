package dev.inlay.cli;

import dev.inlay.backbone.Backbone;
import dev.inlay.error.ConfigException;
import dev.inlay.file.AtomicFolder;
import dev.inlay.inputs.Backbones;
import dev.inlay.interop.OnnxExport;
import dev.inlay.interop.PeftExport;
import dev.inlay.interop.TimmExport;
import dev.inlay.interop.TransformersExport;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay export}: a task as a folder that Python loads. */
@Command(
        name = "export",
        description = {
            "Exports a task to PEFT, timm, transformers or ONNX: makes a folder with an adapter, or with a whole model that has"
                    + " what was tuned merged into its weights.",
            "What a library cannot express is refused by name; docs/interop.md has the table.",
        })
final class ExportCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "TASK", description = "The task (safetensors).")
    private Path file;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "peft|timm|transformers|onnx",
            description = "Which library loads the folder; onnx is for every runtime of ONNX.")
    private Target target;

    @Option(
            names = "--names",
            paramLabel = "timm|transformers|transformers4",
            description =
                    "With --to peft: whose model the adapter is put on; timm's by default, transformers is version 5"
                            + " and transformers4 the ones before.")
    private PeftExport.Names names;

    @Option(
            names = "--backbone",
            paramLabel = "FILE",
            description = "The weights of the backbone it was trained on; not needed for the built-in one.")
    private Path backbone;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "The folder to make; refused if anything is in it.")
    private Path out;

    /** Where a task may go. */
    enum Target {
        PEFT,
        TIMM,
        TRANSFORMERS,
        ONNX
    }

    @Override
    public void run() {
        if (names != null && target != Target.PEFT) {
            throw new ConfigException("--names: only an adapter (--to peft) can have other names; remove it");
        }
        TaskArguments.whole(file);
        AtomicFolder.requireFree(out);
        List<String> notes = new ArrayList<>();
        try (Backbone frozen = Backbones.of(file, Optional.ofNullable(backbone));
                Task task = TaskFile.read(file)) {
            switch (target) {
                case PEFT -> PeftExport.write(task, frozen, names == null ? PeftExport.Names.TIMM : names, out);
                case TIMM -> notes.addAll(TimmExport.write(task, frozen, out));
                case TRANSFORMERS -> notes.addAll(TransformersExport.write(task, frozen, out));
                case ONNX -> notes.addAll(OnnxExport.write(task, frozen, out));
            }
            if (task.info().temperature() != 1) {
                notes.add("the task's probabilities are calibrated, but exported logits are raw: divide them by "
                        + task.info().temperature() + " before the softmax");
            }
        }
        PrintWriter printed = spec.commandLine().getOut();
        notes.forEach(note -> printed.println("note: " + note));
        printed.println(out);
        printed.flush();
    }
}
