package dev.inlay.train;

import dev.inlay.data.loading.BatchSource;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Order;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;

/** The steps of a training as one rank takes them, each with its share of the batch. */
final class Steps implements AutoCloseable {
    private final Learner learner;
    private final int size;
    private final int batchSize;
    private final Share share;
    private final BatchSource source;

    /**
     * @param inputs what all ranks together learn from
     * @param workers threads that read images
     */
    Steps(Learner learner, Inputs inputs, int workers) {
        this.learner = learner;
        this.size = inputs.examples().size();
        this.batchSize = learner.settings().batchSize();
        this.share = new Share(learner.group().rank(), learner.group().size());
        this.source = inputs.batches(share.of(batchSize), workers, learner.device());
    }

    int perEpoch() {
        return (size + batchSize - 1) / batchSize;
    }

    /**
     * Those of one epoch.
     *
     * @param epoch from 0
     * @param first how many to pass over
     */
    Epoch epoch(int epoch, int first) {
        int[] order = Order.shuffled(learner.settings().seed(), epoch, size);
        return new Epoch(epoch, first, source.read(share.of(order, batchSize), epoch, first));
    }

    @Override
    public void close() {
        source.close();
    }

    /** Steps that are taken one after the other. */
    final class Epoch implements AutoCloseable {
        private final int epoch;
        private final Batches batches;
        private int step;

        private Epoch(int epoch, int first, Batches batches) {
            this.epoch = epoch;
            this.step = first;
            this.batches = batches;
        }

        boolean hasNext() {
            return step < perEpoch();
        }

        StepResult next() {
            int rows = Math.min(batchSize, size - step * batchSize);
            try (PointerScope scope = new PointerScope()) {
                return learner.step(
                        epoch,
                        step++,
                        perEpoch(),
                        rows,
                        share.of(rows) > 0 ? Optional.of(batches.next()) : Optional.empty());
            }
        }

        @Override
        public void close() {
            batches.close();
        }
    }
}
