package dev.inlay.data.loading;

import dev.inlay.data.Examples;
import dev.inlay.tensor.Device;
import java.util.Arrays;
import java.util.Iterator;

/**
 * Reads examples on threads of its own, two batches ahead of whoever consumes them. Its threads end with {@link #close}.
 */
public final class BatchLoader implements BatchSource {
    private final Examples examples;
    private final int batchSize;
    private final ReadAhead reader;

    /**
     * A loader of batches in main memory.
     *
     * @param examples what to read; not closed by the loader
     * @param batchSize B, at least 1; the last batch of an epoch may be smaller
     * @param threads how many images are read at once, at least 1
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
     * @param threads how many images are read at once, at least 1
     * @param device where batches go while others are used
     * @throws IllegalArgumentException if a number is below 1
     */
    public BatchLoader(Examples examples, int batchSize, int threads, Device device) {
        this.examples = examples;
        this.batchSize = batchSize;
        this.reader = new ReadAhead(batchSize, threads, device);
    }

    /** How many batches visit {@code size} examples. */
    public int batches(int size) {
        return (size + batchSize - 1) / batchSize;
    }

    @Override
    public Batches read(int[] order, int epoch, int firstBatch) {
        Iterator<PendingImage> images = Arrays.stream(order)
                .skip(Math.multiplyExact((long) firstBatch, batchSize))
                .mapToObj(i -> PendingImage.of(examples, i, epoch))
                .iterator();
        return reader.read(images, examples.height(), examples.width());
    }

    @Override
    public void close() {
        reader.close();
    }
}
