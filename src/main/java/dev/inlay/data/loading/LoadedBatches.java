package dev.inlay.data.loading;

import dev.inlay.data.Examples;
import dev.inlay.tensor.Tensors;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.NoSuchElementException;
import java.util.concurrent.Future;

/** Batches of images, read ahead on other threads. */
final class LoadedBatches implements Batches {
    private final Examples examples;
    private final Workers workers;
    private final int[] order;
    private final int epoch;
    private final int batchSize;
    private final int ahead;
    private final Deque<Future<Numbers>> pending = new ArrayDeque<>();
    private int nextStart;

    LoadedBatches(
            Examples examples, Workers workers, int[] order, int epoch, int batchSize, int firstBatch, int ahead) {
        this.examples = examples;
        this.workers = workers;
        this.order = order.clone();
        this.epoch = epoch;
        this.batchSize = batchSize;
        this.ahead = ahead;
        this.nextStart = Math.multiplyExact(firstBatch, batchSize);
        readAhead();
    }

    @Override
    public boolean hasNext() {
        return !pending.isEmpty();
    }

    @Override
    public Batch next() {
        if (pending.isEmpty()) {
            throw new NoSuchElementException("no more batches");
        }
        Numbers numbers = Workers.await(pending.remove());
        readAhead();
        int size = numbers.indices.length;
        return new Batch(
                numbers.indices,
                Tensors.of(numbers.images, size, 3, examples.height(), examples.width()),
                Tensors.of(numbers.labels, size));
    }

    @Override
    public void close() {
        pending.forEach(future -> future.cancel(true));
        pending.clear();
        nextStart = order.length;
    }

    private void readAhead() {
        while (pending.size() < ahead && nextStart < order.length) {
            int[] indices = Arrays.copyOfRange(order, nextStart, Math.min(nextStart + batchSize, order.length));
            pending.add(workers.submit(() -> read(indices)));
            nextStart += batchSize;
        }
    }

    private Numbers read(int[] indices) {
        int length = 3 * examples.height() * examples.width();
        float[] images = new float[Math.multiplyExact(indices.length, length)];
        long[] labels = new long[indices.length];
        for (int k = 0; k < indices.length; k++) {
            examples.read(indices[k], epoch, images, k * length);
            labels[k] = examples.label(indices[k]);
        }
        return new Numbers(indices, images, labels);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Numbers(int[] indices, float[] images, long[] labels) {}
}
