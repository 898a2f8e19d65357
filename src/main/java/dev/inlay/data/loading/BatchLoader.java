package dev.inlay.data.loading;

import dev.inlay.data.Examples;
import dev.inlay.tensor.Device;

/**
 * Reads examples on threads of its own, some batches ahead of whoever consumes them. Its threads end with {@link #close}.
 */
public final class BatchLoader implements BatchSource {
    private final Examples examples;
    private final int batchSize;
    private final int threads;
    private final Device device;
    private final Workers workers;
    private boolean closed;

    /**
     * A loader of batches in main memory.
     *
     * @param examples what to read; not closed by the loader
     * @param batchSize B, at least 1; the last batch of an epoch may be smaller
     * @param threads how many batches are read at once, at least 1; one more waits, each holding B·3·H·W floats
     * @throws IllegalArgumentException if a number is below 1
     */
    public BatchLoader(Examples examples, int batchSize, int threads) {
        this(examples, batchSize, threads, Device.CPU);
    }

    /**
     * A loader of batches on a device.
     *
     * @param examples what to read; not closed by the loader
     * @param batchSize B, at least 1; the last batch of an epoch may be smaller
     * @param threads how many batches are read at once, at least 1; one more waits, each holding B·3·H·W floats
     * @param device where batches go while others are used
     * @throws IllegalArgumentException if a number is below 1
     */
    public BatchLoader(Examples examples, int batchSize, int threads, Device device) {
        if (batchSize < 1 || threads < 1) {
            throw new IllegalArgumentException(
                    "batchSize and threads must be at least 1, not " + batchSize + " and " + threads);
        }
        this.examples = examples;
        this.batchSize = batchSize;
        this.threads = threads;
        this.device = device;
        this.workers = new Workers("inlay-batches", threads);
    }

    /** How many batches visit {@code size} examples. */
    public int batches(int size) {
        return (size + batchSize - 1) / batchSize;
    }

    @Override
    public Batches read(int[] order, int epoch, int firstBatch) {
        if (closed) {
            throw new IllegalStateException("the batch loader is closed");
        }
        Batches loaded = new LoadedBatches(examples, workers, order, epoch, batchSize, firstBatch, threads + 1);
        return device.isCpu() ? loaded : new UploadedBatches(loaded, device);
    }

    @Override
    public void close() {
        closed = true;
        workers.close();
    }
}
