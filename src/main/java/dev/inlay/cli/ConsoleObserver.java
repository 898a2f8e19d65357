package dev.inlay.cli;

import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.Phase;
import dev.inlay.record.RunStatus;
import dev.inlay.train.RunObserver;
import dev.inlay.train.Training;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Observes a run for its person: a line per epoch of the run's own training and its repeats on the console, of every training in the
 * log.
 *
 * @param lines shows a line
 * @param colours of the lines
 */
record ConsoleObserver(Progress progress, RunStatus status, BooleanSupplier stop, Consumer<String> lines, Ansi colours)
        implements RunObserver {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleObserver.class);
    private static final String OWN = "train";
    private static final Pattern ACCURACY = Pattern.compile("(?:val|train) [\\d.]+ %");

    /**
     * Returns the observer of a command.
     *
     * @param status updated all the time
     * @param stop asked after every step
     */
    static ConsoleObserver of(CommandSpec command, RunStatus status, BooleanSupplier stop) {
        ConsoleProgress console = ConsoleProgress.to(command.commandLine().getErr());
        Main options = Main.of(command);
        boolean shown = !options.isQuiet() && !options.isVerbose(); // the log that --verbose shows has the lines, too
        return new ConsoleObserver(
                ConsoleProgress.of(command), status, stop, shown ? console::line : line -> {}, Colours.messages());
    }

    @Override
    public void onAdvice(Supplier<Optional<String>> advice) {
        advice.get().ifPresent(sentence -> {
            LOG.info(sentence);
            lines.accept(sentence);
        });
    }

    @Override
    public void onEpoch(Training training, EpochRecord epoch) {
        String line = (training.name().equals(OWN) ? "" : training.name() + ": ") + training.line(epoch);
        LOG.info(line);
        if (status.phase() == Phase.TRAIN) {
            lines.accept(ACCURACY.matcher(line).replaceFirst(found -> Colours.in(colours, found.group(), Style.bold)));
        }
    }
}
