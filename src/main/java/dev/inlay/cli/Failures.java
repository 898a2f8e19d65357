package dev.inlay.cli;

import dev.inlay.error.InlayException;
import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong in one line, keeps the stack trace for the log, and gives the exit code. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
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
        err.println("inlay: " + e.getMessage().replaceFirst("^Error: ", ""));
        UnmatchedArgumentException.printSuggestions(e, err);
        err.println("See '" + line.getCommandSpec().qualifiedName() + " --help'.");
        return BAD_USAGE;
    }

    int report(Throwable e, PrintWriter err) {
        LoggerFactory.getLogger(Failures.class).info("failed", e);
        if (e instanceof StandardOutput.Lost lost && lost.readerIsGone()) {
            return lost.exitCode();
        }
        if (e instanceof InlayException known) {
            err.println("inlay: " + known.getMessage());
        } else if (e instanceof OutOfMemoryError) {
            err.println("inlay: out of memory (" + e.getMessage()
                    + "); use smaller batches, or give Java more with INLAY_JAVA_OPTS=-Xmx8g");
        } else {
            err.println("inlay: unexpected failure: " + e + (verbose.getAsBoolean() ? "" : "; --verbose shows where"));
        }
        if (verbose.getAsBoolean()) {
            e.printStackTrace(err);
        }
        return e instanceof InlayException known ? known.exitCode() : RUN_FAILED;
    }
}
