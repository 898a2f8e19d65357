package dev.inlay.cli;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.BackboneConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.data.source.TextLines;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.inputs.Backbones;
import dev.inlay.inputs.RunData;
import dev.inlay.interop.PeftImport;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import dev.inlay.plan.allocation.PlanTable;
import dev.inlay.plan.file.PlanFile;
import dev.inlay.plan.file.ReleasedPlan;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay import}: what others trained or chose, as a task or a plan. */
@Command(
        name = "import",
        description = {
            "Imports an adapter of PEFT (a folder) as a task, or a plan that SPT's authors released (a .pth file) as a plan.",
            "docs/interop.md says what is taken and what is refused.",
        })
final class ImportCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "SOURCE", description = "The adapter's folder, or the plan's file.")
    private Path source;

    @Parameters(
            index = "1..*",
            paramLabel = "key=value",
            description = "Settings laid over the config of --backbone, such as backbone.file=model.safetensors.")
    private List<String> overrides = new ArrayList<>();

    @Option(
            names = "--backbone",
            paramLabel = "CONFIG|NAME",
            description =
                    "For an adapter, what it was trained on: a config (YAML), whose transform of images the task gets"
                            + " too; builtin; or a published name, with --weights.")
    private String backbone;

    @Option(names = "--weights", paramLabel = "FILE", description = "The weights of a backbone given by its name.")
    private Path weights;

    @Option(
            names = "--classes",
            paramLabel = "FILE",
            description = "Names of the adapter's classes, one per line; their numbers by default.")
    private Path classes;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "Where the task (safetensors) or the plan (JSON) goes.")
    private Path out;

    @Override
    public void run() {
        Misuse.requireFile(spec.commandLine(), "--out", out);
        if (backbone != null && !isConfig(backbone)) {
            requireNoOverrides();
        }
        PrintWriter printed = spec.commandLine().getOut();
        if (Files.isDirectory(source) && PeftImport.recognises(source)) {
            importAdapter().forEach(note -> printed.println("note: " + note));
        } else if (Files.isRegularFile(source) && ReleasedPlan.recognises(source)) {
            if (backbone != null || weights != null || classes != null || !overrides.isEmpty()) {
                throw new ConfigException("a plan needs no backbone, no classes and no settings; remove them");
            }
            Plan plan = PlanFile.read(source);
            PlanJson.write(out, plan);
            printed.print(PlanTable.of(plan));
        } else {
            throw new DataException(source + ": expected a folder with adapter_config.json, or a plan of SPT's authors"
                    + " (param_req_*.pth), found " + (Files.exists(source) ? "neither" : "nothing"));
        }
        printed.println(out);
        printed.flush();
    }

    private List<String> importAdapter() {
        Optional<List<String>> names = Optional.ofNullable(classes).map(ImportCommand::lines);
        if (backbone == null) {
            throw new ConfigException(
                    "--backbone: missing; an adapter needs what it was trained on, a config or a name");
        }
        if (!isConfig(backbone)) {
            BackboneConfig named =
                    new BackboneConfig(backbone, Optional.ofNullable(weights), Optional.empty(), false, 0);
            return write(named, 0, names, frozen -> Optional.empty());
        }
        if (weights != null) {
            throw new ConfigException("--weights: the config names them (backbone.file); remove it");
        }
        RunConfig config = RunConfig.read(Misuse.path(spec.commandLine(), "--backbone", backbone), overrides);
        return write(
                config.backbone(),
                config.seed(),
                names,
                frozen -> RunData.transformOf(config.data(), frozen.height(), frozen.width()));
    }

    private static boolean isConfig(String backbone) {
        return backbone.endsWith(".yaml") || backbone.endsWith(".yml");
    }

    private void requireNoOverrides() {
        if (!overrides.isEmpty()) {
            throw new ConfigException(String.join(" ", overrides) + ": settings are laid over a config, and --backbone "
                    + backbone + " is none; give --backbone a config (YAML), or remove them");
        }
    }

    private interface Transform {
        Optional<ImageTransform> of(Backbone frozen);
    }

    private List<String> write(BackboneConfig config, long seed, Optional<List<String>> names, Transform transform) {
        if (config.file().isEmpty() && !config.random() && !config.name().equals(BackboneConfig.BUILTIN)) {
            throw new ConfigException("--weights: missing; give the file of the weights of " + config.name());
        }
        if (config.file().isPresent() && config.name().equals(BackboneConfig.BUILTIN)) {
            throw new ConfigException("--weights: the built-in backbone has its own; remove it");
        }
        try (Backbone frozen = Backbones.load(config, seed)) {
            return PeftImport.write(source, frozen, names, transform.of(frozen), out);
        }
    }

    private static List<String> lines(Path file) {
        return TextLines.read(file, "the list of class names").stream()
                .filter(line -> !line.isBlank())
                .map(String::strip)
                .toList();
    }
}
