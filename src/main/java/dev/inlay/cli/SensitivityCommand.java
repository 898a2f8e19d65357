package dev.inlay.cli;

import dev.inlay.train.run.TuneRun;
import dev.inlay.train.scores.Scores;
import dev.inlay.train.scores.ScoresFile;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code inlay sensitivity}: stage 1 alone. */
@Command(
        name = "sensitivity",
        description = "Scores every weight of a backbone by its squared gradients on a few batches.")
final class SensitivityCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments config;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where the scores (safetensors) go.")
    private Path out;

    @Override
    public void run() {
        Misuse.requireFile(spec.commandLine(), "--out", out);
        Scores scores = TuneRun.sensitivity(config.read(), ConsoleProgress.of(spec));
        ScoresFile.write(out, scores);
        long weights = scores.candidates().stream().mapToLong(c -> c.size()).sum();
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "scored %,d weights of %,d tensors: %s%n",
                        weights,
                        scores.candidates().size(),
                        out);
        spec.commandLine().getOut().flush();
    }
}
