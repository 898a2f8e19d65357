package dev.inlay.cli;

import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay inspect}: what a file holds. */
@Command(name = "inspect", description = "Says what a backbone, scores, plan or task file holds.")
final class InspectCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A safetensors file, or a plan (JSON).")
    private Path file;

    @Override
    public void run() {
        spec.commandLine().getOut().print(FileSummary.of(file));
        spec.commandLine().getOut().flush();
    }
}
