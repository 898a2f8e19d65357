package dev.inlay.progress;

import java.util.Locale;

/**
 * Told by long work how far it is; the command line shows a bar with an ETA on a terminal and plain lines elsewhere.
 * Implementations are cheap to call and safe from any thread.
 */
public interface Progress {
    /** Shows nothing. */
    Progress NONE = (name, unit, total) -> Task.NONE;

    /** What is counted; shown beside the numbers. */
    enum Unit {
        /** Batches of images. */
        BATCHES(1),
        /** Bytes, shown in megabytes. */
        MB(1_000_000),
        /** Cases of a benchmark. */
        CASES(1),
        /** Images. */
        IMAGES(1),
        /** Partitions of a prediction. */
        PARTITIONS(1),
        /** Whole runs, counted in hundredths. */
        RUNS(100),
        /** Training steps. */
        STEPS(1),
        /** Trials of a search. */
        TRIALS(1);

        private final long size;

        Unit(long size) {
            this.size = size;
        }

        /** How many counted steps make one that is shown. */
        public long size() {
            return size;
        }

        /** The word beside the numbers. */
        public String word() {
            return this == MB ? name() : name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Starts a piece of work.
     *
     * @param name what is done, such as {@code "train"}
     * @param unit what is counted
     * @param total how many there are, in the unit's steps
     */
    Task start(String name, Unit unit, long total);

    /**
     * The same, but for the names of what is started, which say of what it is: {@code decode} becomes {@code decode train}.
     *
     * @param what such as {@code "train"}
     */
    default Progress of(String what) {
        return (name, unit, total) -> start(name + " " + what, unit, total);
    }

    /** One piece of work under way; close it when it ends, however it ends. */
    interface Task extends AutoCloseable {
        /** Shows nothing. */
        Task NONE = done -> {};

        /** Sets how many steps are done, counted from the start of the work, those of an earlier process among them. */
        void at(long done);

        /** Shows a few words beside the bar, such as the loss. */
        default void note(String words) {}

        @Override
        default void close() {}
    }
}
