package dev.inlay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.inlay.error.ConfigException;
import dev.inlay.error.Libraries;
import dev.inlay.file.UserPath;
import dev.inlay.plan.ModuleKind;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code inlay}: the command that holds all others. */
@Command(
        name = "inlay",
        description = "Parameter-efficient fine-tuning of vision transformers, and serving of the tuned tasks.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionText.class,
        synopsisSubcommandLabel = "COMMAND",
        scope = ScopeType.INHERIT,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the run failed",
            "2:bad usage or config",
            "3:bad data",
            "130:interrupted, state saved",
            "141:the reader of the output went away",
        },
        subcommands = {
            TuneCommand.class,
            CompareCommand.class,
            SuiteCommand.class,
            SensitivityCommand.class,
            AllocateCommand.class,
            EvaluateCommand.class,
            PredictCommand.class,
            SimilarCommand.class,
            ServeCommand.class,
            InspectCommand.class,
            PullCommand.class,
            InitCommand.class,
            ImportCommand.class,
            ExportCommand.class,
            PretrainCommand.class,
            MissingBenchCommand.class,
            DoctorCommand.class,
            AutoComplete.GenerateCompletion.class
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Show the log, and the stack trace of a failure.")
    private boolean verbose;

    @Option(
            names = "--quiet",
            scope = ScopeType.INHERIT,
            description = "Show no progress: only results, warnings and failures.")
    private boolean quiet;

    /**
     * Runs one command and ends the process with its exit code.
     *
     * @param args the command and its options
     */
    public static void main(String[] args) {
        PrintWriter out = StandardOutput.to(StandardOutput.results());
        Interrupt.exit(run(out, new PrintWriter(System.err, true, UTF_8), args));
    }

    /**
     * Runs one command.
     *
     * @param out what the command was asked for; from {@link StandardOutput}, so that none of it is lost without a word
     * @param err problems and progress
     * @param args the command and its options
     * @return the exit code
     */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        Main main = new Main();
        Failures failures = new Failures(() -> main.verbose);
        CommandLine line = new CommandLine(main);
        if (Arrays.asList(args).contains(MissingBenchCommand.NAME)) { // to look for it takes time
            ProvidedCommand.named(MissingBenchCommand.NAME).ifPresent(bench -> {
                line.getCommandSpec().removeSubcommand(MissingBenchCommand.NAME);
                line.addSubcommand(bench);
            });
        }
        CommandGroups.showIn(line);
        line.getSubcommands()
                .get("generate-completion")
                .getCommandSpec()
                .usageMessage()
                .description(
                        "Prints a script that completes commands and options in bash and zsh: source <(inlay generate-completion)");
        line.setOut(out)
                .setErr(err)
                .setColorScheme(CommandLine.Help.defaultColorScheme(Colours.results()))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(ModuleKind.class, AllocateCommand::module)
                .setExecutionExceptionHandler(failures)
                .setParameterExceptionHandler(failures)
                .registerConverter(Path.class, UserPath::of)
                .setExecutionStrategy(parsed -> {
                    Misuse.requireKnown(parsed);
                    if (!parsed.isUsageHelpRequested() && !parsed.isVersionHelpRequested() && parsed.hasSubcommand()) {
                        Logs.toConsole(main.verbose);
                    }
                    try {
                        Libraries.require();
                        return new CommandLine.RunLast().execute(parsed);
                    } catch (StandardOutput.Lost | ConfigException e) {
                        Logs.toConsole(main.verbose);
                        return failures.report(e, err); // of help that picocli printed by itself, and of the line above
                    }
                });
        try {
            int code = line.execute(args);
            if (code == 0) {
                out.flush();
            }
            return code;
        } catch (StandardOutput.Lost | Error e) {
            return failures.report(e, err);
        }
    }

    /** The options before and behind a command's name. */
    static Main of(CommandSpec command) {
        return (Main) command.root().userObject();
    }

    boolean isVerbose() {
        return verbose;
    }

    boolean isQuiet() {
        return quiet;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Missing command");
    }
}
