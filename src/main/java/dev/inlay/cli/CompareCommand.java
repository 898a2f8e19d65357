package dev.inlay.cli;

import dev.inlay.Inlay;
import dev.inlay.config.ExperimentConfig;
import dev.inlay.engine.Engine;
import dev.inlay.error.InlayException;
import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.report.ComparisonText;
import dev.inlay.train.RunObserver;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay compare}: methods, tasks, seeds and budgets to one table. */
@Command(
        name = "compare",
        description = "Runs methods x tasks x seeds x budgets, or resumes them: prints a table, writes compare.csv,"
                + " compare.json, compare.html and run.log, and each run below runs.")
final class CompareCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "CONFIG", description = "The config (YAML); docs/compare.md has every key.")
    private Path file;

    @Parameters(
            index = "1..*",
            paramLabel = "key=value",
            description =
                    "Settings laid over the base, such as train.epochs=5, or in place of a list, such as seeds=[0].")
    private List<String> overrides = new ArrayList<>();

    @Mixin
    private EngineArguments engine;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The folder; rerun the same command to resume an interrupted comparison, and runs that are"
                    + " done stay as they are.")
    private Path out;

    @Override
    public void run() {
        ExperimentConfig config = ExperimentConfig.comparison(file, overrides);
        try (Interrupt interrupt = new Interrupt();
                Engine work = engine.open()) {
            RunLog log = Logs.toFileIn(out);
            ComparisonRecord comparison = Inlay.compare(
                    config, out, RunObserver.of(ConsoleProgress.of(spec), new RunStatus(), interrupt), work);
            PrintWriter print = spec.commandLine().getOut();
            print.print(ComparisonText.table(comparison));
            print.printf("report: %s%n", out.resolve("compare.html"));
            print.flush();
            requireAll(comparison);
            log.requireWhole();
        }
    }

    private void requireAll(ComparisonRecord comparison) {
        long failed = comparison.failures().count();
        if (failed > 0) {
            throw new InlayException(failed + " of " + comparison.points().size()
                    + " runs failed, see above; the same command tries them again and leaves the others as they are");
        }
    }
}
