package dev.inlay.train;

import dev.inlay.data.loading.Batch;
import java.util.function.Supplier;

/**
 * A rank's part of the examples of a step, in micro-batches that are computed one after the other.
 *
 * @param rows of all micro-batches; 0 where there are fewer examples than ranks
 * @param batches how many micro-batches there are
 * @param next gives one after the other, each into the scope in which it is asked for
 */
public record StepShare(int rows, int batches, Supplier<Batch> next) {
    /** A step of one micro-batch, which is the caller's. */
    public static StepShare of(Batch batch) {
        return new StepShare(batch.size(), 1, () -> batch);
    }
}
