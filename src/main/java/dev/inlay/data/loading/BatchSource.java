package dev.inlay.data.loading;

/** Gives batches of a set of examples, pass by pass. */
public interface BatchSource extends AutoCloseable {
    /**
     * Starts a pass.
     *
     * @param order which examples, in which order; see {@link Order}
     * @param epoch keys the augmentation; {@link dev.inlay.data.Examples#EVALUATION} for none
     * @param firstBatch how many batches of the order to pass over, at least 0
     * @throws IllegalStateException if the source is closed
     */
    Batches read(int[] order, int epoch, int firstBatch);

    @Override
    void close();
}
