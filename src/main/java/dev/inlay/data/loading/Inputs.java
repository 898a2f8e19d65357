package dev.inlay.data.loading;

import dev.inlay.data.Examples;
import dev.inlay.tensor.Device;

/** Examples as a backbone takes them in: images, or what its first steps made of them. */
public interface Inputs {
    /** What is read. */
    Examples examples();

    /**
     * Batches of the examples; to be closed by the caller.
     *
     * @param batchSize B, at least 1; the last batch of a pass may be smaller
     * @param workers threads that read images, at least 1
     * @param device where the batches are wanted
     */
    BatchSource batches(int batchSize, int workers, Device device);

    /** The images themselves. */
    static Inputs images(Examples examples) {
        return new Inputs() {
            @Override
            public Examples examples() {
                return examples;
            }

            @Override
            public BatchSource batches(int batchSize, int workers, Device device) {
                return new BatchLoader(examples, batchSize, workers, device);
            }
        };
    }
}
