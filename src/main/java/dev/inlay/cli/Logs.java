package dev.inlay.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.inlay.serve.http.HttpService;
import dev.inlay.serve.http.ServeConfig;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/** Where the log goes: warnings to the console, everything to the run's own file. */
final class Logs {
    private static final String TIME = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX}";

    /** What a client sends cannot look like a line of its own: lines behind the first are set in. */
    private static final String SERVICE_PATTERN = TIME
            + " %-5level [%thread] %logger{0}: %replace(%msg){'[\\r\\n]+', '\n    '}%replace( %mdc){'^ $', ''}%n%ex";

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

    /**
     * Everything, stack traces too, on standard error, for whoever runs a service: a line of text or of JSON for each event, with its
     * time and level.
     *
     * @param log how it looks, and whether every request is in it
     * @param verbose what is of use to whoever changes the service, too
     */
    static void ofService(ServeConfig.Log log, boolean verbose) {
        logback().ifPresent(context -> ofService(context, log, verbose));
    }

    private static void ofService(LoggerContext context, ServeConfig.Log log, boolean verbose) {
        context.reset();
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
        context.getLogger("dev.inlay").setLevel(verbose ? Level.DEBUG : Level.INFO);
        context.getLogger("org.eclipse.jetty").setLevel(Level.WARN);
        context.getLogger("io.javalin").setLevel(Level.WARN);
        // what ends the command is said by itself, in one line
        context.getLogger(Failures.class).setLevel(verbose ? Level.INFO : Level.WARN);
        context.getLogger(HttpService.ACCESS_LOG).setLevel(log.access() ? Level.INFO : Level.OFF);
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setTarget("System.err");
        start(context, console, log.format() == ServeConfig.Log.Format.JSON ? json() : pattern(SERVICE_PATTERN));
    }

    private static Encoder<ILoggingEvent> json() {
        JsonEncoder encoder = new JsonEncoder();
        encoder.setWithSequenceNumber(false);
        encoder.setWithNanoseconds(false);
        encoder.setWithContext(false);
        encoder.setWithMessage(false);
        encoder.setWithArguments(false);
        encoder.setWithFormattedMessage(true);
        return encoder;
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
        start(context, console, pattern(verbose ? "%level: %msg%n" : "%level: %msg%n%nopex"));
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
            start(context, appender, pattern(TIME + " %-5level %logger{30} %msg%n"));
        });
        return log;
    }

    private static Encoder<ILoggingEvent> pattern(String pattern) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setPattern(pattern);
        return encoder;
    }

    private static void start(
            LoggerContext context, OutputStreamAppender<ILoggingEvent> appender, Encoder<ILoggingEvent> encoder) {
        encoder.setContext(context);
        encoder.start();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }
}
