package dev.inlay.cli;

import dev.inlay.progress.Pace;
import dev.inlay.progress.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Model.CommandSpec;

/** Progress on the console: a bar with the time left on a terminal, a line now and then elsewhere. */
public final class ConsoleProgress implements Progress {
    /** The system property by which {@code bin/inlay} tells that a person watches. */
    private static final String TERMINAL = "inlay.terminal";

    /** Back to the line's first column, and clear it of the bar, which is drawn again below. */
    private static final String ERASE = "\r\u001b[K";

    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

    private final PrintWriter err;
    private final boolean terminal;
    private final LongSupplier nanoTime;

    /**
     * @param err where lines go; a bar goes to the process's standard error
     * @param terminal whether a person watches
     * @param nanoTime the clock
     */
    ConsoleProgress(PrintWriter err, boolean terminal, LongSupplier nanoTime) {
        this.err = err;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    /** Returns that of a command: for a person if {@code bin/inlay} found a terminal, for a log file otherwise, none with {@code --quiet}. */
    public static Progress of(CommandSpec command) {
        return Main.of(command).isQuiet() ? NONE : to(command.commandLine().getErr());
    }

    /** Returns that of a command that is not quiet. */
    static ConsoleProgress to(PrintWriter err) {
        return new ConsoleProgress(err, isWatched(), System::nanoTime);
    }

    /** Returns whether a person watches standard error. */
    static boolean isWatched() {
        return Boolean.getBoolean(TERMINAL);
    }

    /** Prints a line above the bar that is shown. */
    void line(String text) {
        err.print((terminal ? ERASE : "") + text + System.lineSeparator());
        err.flush();
    }

    @Override
    public Task start(String name, Unit unit, long total) {
        Pace pace = new Pace(total, nanoTime);
        return terminal ? new Bar(name, unit, total, pace) : new Lines(name, unit, total, pace);
    }

    private static final class Bar implements Task {
        private final Pace pace;
        private final ProgressBar bar;

        private Bar(String name, Unit unit, long total, Pace pace) {
            this.pace = pace;
            bar = new ProgressBarBuilder()
                    .setTaskName(name)
                    .setInitialMax(total)
                    .setUnit(" " + unit.word(), unit.size())
                    .setEtaFunction(shown -> left(pace))
                    .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                    .setUpdateIntervalMillis(200)
                    .setConsumer(new OneLine())
                    .build();
        }

        @Override
        public void at(long done) {
            pace.at(done);
            bar.stepTo(done);
        }

        private static Optional<Duration> left(Pace pace) {
            OptionalLong nanos = pace.nanosLeft();
            return nanos.isPresent() ? Optional.of(Duration.ofNanos(nanos.getAsLong())) : Optional.empty();
        }

        @Override
        public void note(String words) {
            bar.setExtraMessage(" " + words);
        }

        @Override
        public void close() {
            bar.close();
        }
    }

    /** A bar that stays in its line, and is drawn no more once it is closed. */
    private static final class OneLine extends ConsoleProgressBarConsumer {
        private boolean closed;

        private OneLine() {
            super(System.err);
        }

        @Override
        public synchronized void accept(String bar) {
            if (!closed) {
                super.accept(bar);
            }
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                super.close();
            }
            closed = true;
        }
    }

    private final class Lines implements Task {
        private final String name;
        private final Unit unit;
        private final long total;
        private final Pace pace;
        private final long begin = nanoTime.getAsLong();
        private long printed = begin;
        private long done;
        private String words = "";

        private Lines(String name, Unit unit, long total, Pace pace) {
            this.name = name;
            this.unit = unit;
            this.total = total;
            this.pace = pace;
        }

        @Override
        public synchronized void at(long done) {
            this.done = done;
            pace.at(done);
            long now = nanoTime.getAsLong();
            if (done > 0 && done < total && now - printed >= BETWEEN_LINES.toNanos()) {
                printed = now;
                OptionalLong left = pace.nanosLeft();
                print(position() + (left.isPresent() ? ", " + clock(left.getAsLong()) + " left" : ""));
            }
        }

        @Override
        public synchronized void note(String words) {
            this.words = words;
        }

        @Override
        public synchronized void close() {
            print((done < total ? "stopped at " + position() : "done") + " after "
                    + clock(nanoTime.getAsLong() - begin));
        }

        private String position() {
            return done / unit.size() + " of " + total / unit.size() + " " + unit.word();
        }

        private void print(String what) {
            err.println(name + ": " + what + (words.isEmpty() ? "" : ", " + words));
            err.flush();
        }
    }

    private static String clock(long nanos) {
        Duration time = Duration.ofNanos(nanos);
        return time.toHours() > 0
                ? String.format(Locale.ROOT, "%d:%02d h", time.toHours(), time.toMinutesPart())
                : String.format(Locale.ROOT, "%d:%02d min", time.toMinutes(), time.toSecondsPart());
    }
}
