package dev.inlay.data.loading;

import dev.inlay.tensor.Device;
import java.util.Iterator;

/**
 * Reads images on threads of its own and gathers them in batches: while one is used, at most two others wait. Its threads end
 * with {@link #close}.
 */
public final class ReadAhead implements AutoCloseable {
    private static final int AHEAD = 2;

    private final int batchSize;
    private final Device device;
    private final Workers workers;
    private boolean closed;

    /**
     * Starts the threads.
     *
     * @param batchSize B, at least 1; the last batch of a pass may be smaller
     * @param threads how many images are read at once, at least 1
     * @param device where batches go while others are used
     * @throws IllegalArgumentException if a number is below 1
     */
    public ReadAhead(int batchSize, int threads, Device device) {
        if (batchSize < 1 || threads < 1) {
            throw new IllegalArgumentException(
                    "batchSize and threads must be at least 1, not " + batchSize + " and " + threads);
        }
        this.batchSize = batchSize;
        this.device = device;
        this.workers = new Workers("inlay-batches", threads);
    }

    /**
     * Starts a pass.
     *
     * @param images asked for more on one thread at a time, as batches are
     * @param height of the images
     * @param width of the images
     * @throws IllegalStateException if this is closed
     */
    public Batches read(Iterator<PendingImage> images, int height, int width) {
        if (closed) {
            throw new IllegalStateException("the batch loader is closed");
        }
        return device.isCpu()
                ? new LoadedBatches(images, height, width, batchSize, workers, AHEAD)
                : new UploadedBatches(new LoadedBatches(images, height, width, batchSize, workers, AHEAD - 1), device);
    }

    @Override
    public void close() {
        closed = true;
        workers.close();
    }
}
