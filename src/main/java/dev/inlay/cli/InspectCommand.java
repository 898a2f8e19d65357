package dev.inlay.cli;

import dev.inlay.task.Inspection;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay inspect}: what a file holds. */
@Command(name = "inspect", description = "Describes a file of a backbone, scores, a plan or a task.")
final class InspectCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print the facts as one JSON object, for programs.")
    private boolean json;

    @Parameters(
            paramLabel = "FILE",
            description =
                    "A safetensors, .npz or .pth file, an index of several, a folder that holds one, or a plan (JSON).")
    private Path file;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        Inspection inspection = Inspection.of(file);
        out.print(json ? inspection.json() + System.lineSeparator() : inspection.text());
        out.flush();
    }
}
