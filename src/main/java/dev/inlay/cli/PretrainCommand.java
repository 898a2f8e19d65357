package dev.inlay.cli;

import dev.inlay.config.PretrainConfig;
import dev.inlay.record.EpochRecord;
import dev.inlay.train.run.PretrainRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code inlay pretrain}: a small backbone from scratch. */
@Command(name = "pretrain", description = "Trains a small backbone from scratch on synthetic images, or resumes it.")
final class PretrainCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments config;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where the weights (safetensors) go.")
    private Path out;

    @Override
    public void run() {
        Misuse.requireFile(spec.commandLine(), "--out", out);
        PretrainConfig pretrain = PretrainConfig.read(config.file(), config.overrides());
        try (Interrupt interrupt = new Interrupt()) {
            List<EpochRecord> curves = PretrainRun.run(pretrain, out, ConsoleProgress.of(spec), interrupt);
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "held-out accuracy %.1f %%: %s%n",
                            100 * curves.get(curves.size() - 1).validationTop1(),
                            out);
            spec.commandLine().getOut().flush();
        }
    }
}
