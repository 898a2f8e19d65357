package dev.inlay.data.loading;

import dev.inlay.data.Examples;
import dev.inlay.tensor.Device;
import java.util.Arrays;
import java.util.NoSuchElementException;
import org.bytedeco.pytorch.Tensor;

/**
 * Examples whose first steps through the backbone are done and kept.
 *
 * @param values (n, …), row i for example i, on the device where batches are wanted
 * @param step the step of the backbone that takes them
 */
public record KeptInputs(Examples examples, Tensor values, int step) implements Inputs {
    @Override
    public BatchSource batches(int batchSize, int workers, Device device) {
        return new BatchSource() {
            @Override
            public Batches read(int[] order, int epoch, int firstBatch) {
                return new Rows(device, order, batchSize, Math.multiplyExact(firstBatch, batchSize));
            }

            @Override
            public void close() {}
        };
    }

    private final class Rows implements Batches {
        private final int[] order;
        private final int batchSize;
        private final Device device;
        private int start;

        Rows(Device device, int[] order, int batchSize, int start) {
            this.device = device;
            this.order = order.clone();
            this.batchSize = batchSize;
            this.start = start;
        }

        @Override
        public boolean hasNext() {
            return start < order.length;
        }

        @Override
        public Batch next() {
            if (!hasNext()) {
                throw new NoSuchElementException("no more batches");
            }
            int[] draws = Arrays.copyOfRange(order, start, Math.min(start + batchSize, order.length));
            start += batchSize;
            int[] rows = Arrays.stream(draws)
                    .map(draw -> Order.example(draw, examples.size()))
                    .toArray();
            Tensor targets = Batch.targets(
                    device,
                    examples.labels().kind(),
                    examples.height(),
                    Arrays.stream(rows).mapToObj(examples::target).toList());
            return new Batch(draws, values.index_select(0, device.indices(rows)), step, targets);
        }

        @Override
        public void close() {
            start = order.length;
        }
    }
}
