package dev.inlay.cli;

import dev.inlay.proposal.Proposal;
import dev.inlay.proposal.ProposedBackbone;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay init}: a config for some photos. */
@Command(
        name = "init",
        description = {
            "Looks at a folder of images, reads at most 200 of them, and prints a config to tune on them, with comments on"
                    + " what it saw and assumes.",
            "inlay init photos > run.yaml, then inlay tune run.yaml --out runs/photos",
        })
final class InitCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--backbone",
            paramLabel = "FILE",
            description = "The weights to tune, as inlay pull prints their path; by default the config names"
                    + " deit_tiny_patch16_224, to be pulled.")
    private Path backbone;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The backbone's name in timm, where the file's tensors fit several.")
    private String name;

    @Parameters(
            paramLabel = "PHOTOS",
            description =
                    "A folder with a folder of images for each class, perhaps below train, validation and test; one"
                            + " with lists (VTAB-1k, JSON or CSV); or a CSV file.")
    private Path photos;

    @Override
    public void run() {
        if (name != null && backbone == null) {
            throw new ParameterException(spec.commandLine(), "--name goes with --backbone");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(Proposal.of(photos, chosen()));
        out.flush();
    }

    private ProposedBackbone chosen() {
        if (backbone == null) {
            return ProposedBackbone.none();
        }
        return name == null ? ProposedBackbone.of(backbone) : ProposedBackbone.of(backbone, name);
    }
}
