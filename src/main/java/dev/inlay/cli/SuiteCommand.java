package dev.inlay.cli;

import dev.inlay.Inlay;
import dev.inlay.config.ExperimentConfig;
import dev.inlay.engine.Engine;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.experiment.Suite;
import dev.inlay.record.RunStatus;
import dev.inlay.record.SetRecord;
import dev.inlay.record.SetRecord.State;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteRow;
import dev.inlay.report.SuiteText;
import dev.inlay.train.RunObserver;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay suite}: a benchmark of many tasks to its tables. */
@Command(
        name = "suite",
        description =
                "Runs a benchmark of many tasks, such as VTAB-1k, on the images that are there, or resumes it: prints"
                        + " a table, writes suite.csv, suite.json, suite.html, run.log, a line in trials.jsonl for each"
                        + " run, and each run below runs.")
final class SuiteCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "CONFIG", description = "The config (YAML); docs/benchmark.md has every key.")
    private Path file;

    @Parameters(
            index = "1..*",
            paramLabel = "key=value",
            description = "Settings laid over the base, such as backbone.file=model.safetensors.")
    private List<String> overrides = new ArrayList<>();

    @Mixin
    private EngineArguments engine;

    @Option(
            names = "--data-root",
            paramLabel = "DIR",
            defaultValue = ".",
            description = "The folder of the sets of images (${DEFAULT-VALUE} unless given).")
    private Path dataRoot;

    @Option(
            names = {"--out", "--output"},
            paramLabel = "DIR",
            description = "The folder; rerun the same command to resume an interrupted suite, and runs that are done"
                    + " stay as they are. Not needed with --dry-run.")
    private Path out;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            description =
                    "Only tasks with this in their name; prints a row for each of their results in place of the means.")
    private Pattern only;

    @Option(
            names = "--dry-run",
            description = "Only say which images are there, and for each set that is not how to get it.")
    private boolean dryRun;

    @Option(
            names = "--aggregate-only",
            description =
                    "Run nothing: make the tables from the lines of trials.jsonl, which may come from several folders.")
    private boolean aggregateOnly;

    @Override
    public void run() {
        ExperimentConfig config = ExperimentConfig.suite(file, dataRoot, overrides);
        if (only != null) {
            config = config.only(task -> only.matcher(task).find());
        }
        PrintWriter print = spec.commandLine().getOut();
        if (dryRun && aggregateOnly) {
            throw new ParameterException(spec.commandLine(), "--dry-run and --aggregate-only exclude each other");
        }
        if (dryRun) {
            List<SetRecord> sets = Suite.look(config);
            print.print(SuiteText.sets(config.name(), sets));
            print.flush();
            requireGood(sets);
            return;
        }
        if (out == null) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '--out=DIR'");
        }
        if (aggregateOnly) {
            show(print, Inlay.aggregate(config, out));
            return;
        }
        try (Interrupt interrupt = new Interrupt();
                Engine work = engine.open()) {
            RunLog log = Logs.toFileIn(out);
            List<SetRecord> sets = Suite.look(config);
            print.print(SuiteText.sets(config.name(), sets));
            print.flush();
            SuiteRecord suite = Inlay.suite(
                    config, sets, out, RunObserver.of(ConsoleProgress.of(spec), new RunStatus(), interrupt), work);
            show(print, suite);
            requireAll(suite);
            log.requireWhole();
        }
    }

    private void show(PrintWriter print, SuiteRecord suite) {
        print.print(
                only == null
                        ? SuiteText.table(suite)
                        : SuiteText.rows(suite, task -> only.matcher(task).find()));
        print.printf("report: %s%n", out.resolve("suite.html"));
        print.flush();
    }

    private static void requireGood(List<SetRecord> sets) {
        long bad = sets.stream().filter(set -> set.state() == State.BAD).count();
        if (bad > 0) {
            throw new DataException("the images of " + bad + " tasks are there and cannot be used, see above");
        }
    }

    private static void requireAll(SuiteRecord suite) {
        int failed = suite.methods().stream().mapToInt(SuiteRow::failed).sum();
        if (failed > 0) {
            throw new InlayException(failed
                    + " runs failed, see above; the same command tries them again and leaves the others as they are");
        }
    }
}
