package dev.inlay.data.loading;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Batches of images, read ahead on other threads: while one is used, others wait, and all threads read at the images of the
 * first that is not complete.
 */
final class LoadedBatches implements Batches {
    private final Iterator<PendingImage> images;
    private final int height;
    private final int width;
    private final int batchSize;
    private final Workers workers;
    private final int ahead;
    private final Deque<Reading> waiting = new ArrayDeque<>();
    private boolean closed;

    /**
     * @param images asked for more on the thread that asks for batches
     * @param height of the images
     * @param width of the images
     * @param batchSize B, at least 1; the last batch may be smaller
     * @param workers borrowed
     * @param ahead how many batches wait at most, at least 1
     */
    LoadedBatches(Iterator<PendingImage> images, int height, int width, int batchSize, Workers workers, int ahead) {
        this.images = images;
        this.height = height;
        this.width = width;
        this.batchSize = batchSize;
        this.workers = workers;
        this.ahead = ahead;
        readAhead();
    }

    @Override
    public boolean hasNext() {
        return !waiting.isEmpty();
    }

    @Override
    public Batch next() {
        if (waiting.isEmpty()) {
            throw new NoSuchElementException("no more batches");
        }
        Reading reading = waiting.remove();
        reading.await();
        readAhead();
        return reading.batch();
    }

    @Override
    public void close() {
        closed = true;
        waiting.forEach(Reading::cancel);
        waiting.clear();
    }

    private void readAhead() {
        while (!closed && waiting.size() < ahead && images.hasNext()) {
            List<PendingImage> batch = new ArrayList<>(batchSize);
            while (batch.size() < batchSize && images.hasNext()) {
                batch.add(images.next());
            }
            waiting.add(new Reading(batch));
        }
    }

    /** A batch that is being read. */
    private final class Reading {
        private final List<PendingImage> batch;
        private final float[] pixels;
        private final AtomicInteger next = new AtomicInteger();
        private final List<Future<Void>> parts = new ArrayList<>();

        Reading(List<PendingImage> batch) {
            this.batch = batch;
            this.pixels = new float[Math.multiplyExact(batch.size(), 3 * height * width)];
            for (int part = 0; part < Math.min(workers.count(), batch.size()); part++) {
                parts.add(workers.submit(this::readUntilDone));
            }
        }

        private Void readUntilDone() {
            int length = 3 * height * width;
            for (int i = next.getAndIncrement(); i < batch.size(); i = next.getAndIncrement()) {
                batch.get(i).read(pixels, i * length);
            }
            return null;
        }

        void await() {
            parts.forEach(Workers::await);
        }

        void cancel() {
            next.set(batch.size());
            parts.forEach(part -> part.cancel(true));
        }

        Batch batch() {
            int size = batch.size();
            return new Batch(
                    batch.stream().mapToInt(PendingImage::index).toArray(),
                    Tensors.of(pixels, size, 3, height, width),
                    Batch.targets(
                            Device.CPU,
                            batch.get(0).kind(),
                            height,
                            batch.stream().map(PendingImage::target).toList()));
        }
    }
}
