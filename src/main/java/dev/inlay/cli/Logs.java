package dev.inlay.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import dev.inlay.error.InlayException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/** Where the log goes: warnings to the console, everything to the run's own file. */
final class Logs {
    private Logs() {}

    /** Warnings, or with {@code verbose} everything, on standard error. */
    static void toConsole(boolean verbose) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
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
     * @throws InlayException if the folder cannot be made
     */
    static void toFileIn(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new InlayException("cannot use the run folder " + folder + ": " + e + "; choose another --out", e);
        }
        toFile(folder.resolve("run.log"));
    }

    private static void toFile(Path file) {
        FileAppender<ILoggingEvent> appender = new FileAppender<>();
        appender.setFile(file.toString());
        start(
                (LoggerContext) LoggerFactory.getILoggerFactory(),
                appender,
                "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{30} %msg%n");
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
