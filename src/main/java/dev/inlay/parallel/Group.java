package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import dev.inlay.progress.Progress;
import org.bytedeco.pytorch.Tensor;

/**
 * The connection between processes that work together, each with a rank. All ranks call the same methods in the same
 * order, with tensors of equal shape and type. For one thread.
 */
public interface Group extends AutoCloseable {
    /** A process that works on its own. */
    Group ALONE = new Group() {
        @Override
        public int rank() {
            return 0;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public void sum(Tensor values) {}

        @Override
        public void broadcast(Tensor values) {}

        @Override
        public void check() {}

        @Override
        public void leave(String why) {}

        @Override
        public void close() {}
    };

    /** This process, in [0, {@link #size}). */
    int rank();

    /** How many processes there are, at least 1. */
    int size();

    /**
     * Replaces {@code values} by the sum over all ranks, bit-identical on all of them.
     *
     * @param values contiguous, outside autograd
     * @throws InlayException if another rank is gone
     */
    void sum(Tensor values);

    /**
     * Replaces {@code values} by those of rank 0.
     *
     * @param values contiguous, outside autograd
     * @throws InlayException if another rank is gone
     */
    void broadcast(Tensor values);

    /**
     * Says that this process gets on with its work, and asks whether the others are there; cheap, and for any thread.
     *
     * @throws InlayException naming one that is gone
     */
    void check();

    /** Has the others end, too. What they say then is {@code why}, which is to name what went wrong in this process. */
    void leave(String why);

    /** Takes this rank's part; where it fails, the others are told why. */
    default void take(Runnable part) {
        try {
            part.run();
        } catch (RuntimeException | Error e) {
            leave(e instanceof InlayException ? e.getMessage() : e.toString());
            throw e;
        }
    }

    /** Progress that {@linkplain #check checks} with every step. */
    default Progress watched(Progress progress) {
        return size() == 1 ? progress : new WatchedProgress(progress, this::check);
    }

    /** Ends the connection, done; what others still wait for fails. A second call does nothing. */
    @Override
    void close();
}
