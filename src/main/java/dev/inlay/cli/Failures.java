package dev.inlay.cli;

import dev.inlay.error.InlayException;
import dev.inlay.error.MemoryException;
import dev.inlay.error.StoppedException;
import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Says what went wrong in one line, keeps the stack trace for the log, and gives the exit code. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
    private static final int RUN_FAILED = 1;
    private static final int BAD_USAGE = 2;

    private final BooleanSupplier verbose;

    Failures(BooleanSupplier verbose) {
        this.verbose = verbose;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine line, ParseResult parsed) {
        return report(e, line.getErr());
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        PrintWriter err = line.getErr();
        err.println(name() + ": " + Misuse.describe(e).replaceFirst("^Error: ", ""));
        err.println("See '" + line.getCommandSpec().qualifiedName() + " --help'.");
        return BAD_USAGE;
    }

    private static String name() {
        return Colours.in(Colours.messages(), "inlay", Style.bold, Style.fg_red);
    }

    int report(Throwable e, PrintWriter err) {
        if (e instanceof StandardOutput.Lost lost && lost.readerIsGone()) {
            return lost.exitCode();
        }
        if (e instanceof StoppedException) {
            LOG.info(e.getMessage());
        } else {
            LOG.info("failed", e);
        }
        Throwable told = MemoryException.orSame(e);
        if (told instanceof InlayException known) {
            err.println(name() + ": " + known.getMessage());
        } else {
            err.println(
                    name() + ": unexpected failure: " + e + (verbose.getAsBoolean() ? "" : "; --verbose shows where"));
        }
        if (verbose.getAsBoolean()) {
            e.printStackTrace(err);
        }
        return told instanceof InlayException known ? known.exitCode() : RUN_FAILED;
    }
}
