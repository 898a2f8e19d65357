package dev.inlay.parallel;

import dev.inlay.error.InlayException;
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
        public void close() {}
    };

    /** This process, in [0, {@link #size}). */
    int rank();

    /** How many processes there are, at least 1. */
    int size();

    /**
     * Replaces {@code values} by the sum over all ranks, equal on all of them to the bit.
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

    /** Ends the connection; what others wait for fails. A second call does nothing. */
    @Override
    void close();
}
