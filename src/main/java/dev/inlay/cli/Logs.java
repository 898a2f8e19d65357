package dev.inlay.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/** Where the log goes: warnings to the console, everything to the run's own file. */
final class Logs {
    private Logs() {}

    /** Warnings, or with {@code verbose} everything, on standard error; what is logged elsewhere than to Logback stays there. */
    static void toConsole(boolean verbose) {
        logback().ifPresent(context -> toConsole(context, verbose));
    }

    /** On a cluster of Spark its own jars, and so its own log, come first. */
    private static Optional<LoggerContext> logback() {
        return LoggerFactory.getILoggerFactory() instanceof LoggerContext context
                ? Optional.of(context)
                : Optional.empty();
    }

    private static void toConsole(LoggerContext context, boolean verbose) {
        context.reset();
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
        // Spark says much, and two things about every machine
        context.getLogger("org.apache").setLevel(Level.WARN);
        context.getLogger("org.sparkproject").setLevel(Level.WARN);
        context.getLogger("org.apache.spark.util.Utils").setLevel(Level.ERROR);
        context.getLogger("org.apache.hadoop.util.NativeCodeLoader").setLevel(Level.ERROR);
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setTarget("System.err");
        ThresholdFilter threshold = new ThresholdFilter();
        threshold.setLevel(verbose ? "INFO" : "WARN");
        threshold.start();
        console.addFilter(threshold);
        start(context, console, "%level: %msg%n%nopex");
    }

    /**
     * Everything, stack traces too, appended to {@code run.log} of a folder.
     *
     * @throws dev.inlay.error.InlayException if the folder cannot be made or the file not be opened
     */
    static RunLog toFileIn(Path folder) {
        RunLog log = RunLog.in(folder);
        logback().ifPresent(context -> {
            OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
            appender.setOutputStream(log);
            start(context, appender, "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{30} %msg%n");
        });
        return log;
    }

    private static void start(LoggerContext context, OutputStreamAppender<ILoggingEvent> appender, String pattern) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(pattern);
        encoder.start();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }
}
