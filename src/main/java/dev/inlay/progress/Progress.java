package dev.inlay.progress;

/**
 * Told by long work how far it is; the command line shows a bar with an ETA on a terminal and plain lines elsewhere.
 * Implementations are cheap to call and safe from any thread.
 */
public interface Progress {
    /** Shows nothing. */
    Progress NONE = (name, total) -> Task.NONE;

    /**
     * Starts a piece of work.
     *
     * @param name what is done, such as {@code "train"}
     * @param total how many steps it has
     */
    Task start(String name, long total);

    /**
     * Starts a piece of work that is counted in bytes.
     *
     * @param name what is done, such as the name of a file
     * @param total how many bytes it has
     */
    default Task startBytes(String name, long total) {
        return start(name, total);
    }

    /** One piece of work under way; close it when it ends, however it ends. */
    interface Task extends AutoCloseable {
        /** Shows nothing. */
        Task NONE = done -> {};

        /** Sets how many steps are done, counted from the start of the work. */
        void at(long done);

        /** Shows a few words beside the bar, such as the loss. */
        default void note(String words) {}

        @Override
        default void close() {}
    }
}
