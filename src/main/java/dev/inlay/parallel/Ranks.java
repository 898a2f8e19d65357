package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import dev.inlay.progress.Progress;

/** The processes of a run, as rank 0 sees them. For one thread, but for {@link #check}. */
public interface Ranks extends AutoCloseable {
    /** A run in one process. */
    Ranks ALONE = new Ranks() {
        @Override
        public int size() {
            return 1;
        }

        @Override
        public Group group() {
            return Group.ALONE;
        }

        @Override
        public void check() {}

        @Override
        public void finish() {}

        @Override
        public void close() {}
    };

    /** How many there are, this one among them. */
    int size();

    /** How many of them are on this machine. */
    default int here() {
        return size();
    }

    /**
     * The connection to the others, who are called in when this is first asked for; borrowed.
     *
     * @throws InlayException if they cannot be
     */
    Group group();

    /**
     * Asks whether all others that were called in are there; cheap.
     *
     * @throws InlayException naming one that is gone, and how it ended
     */
    void check();

    /** The others are needed no more: each ends once it has done what it was asked to. */
    void finish();

    /** Ends the others, at once if they were not told to {@link #finish}. */
    @Override
    void close();

    /** Progress that asks {@link #check} as well, so that work which needs no other rank does not outlive one for long. */
    default Progress watched(Progress progress) {
        return size() == 1 ? progress : new WatchedProgress(progress, this::check);
    }
}
