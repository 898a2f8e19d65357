package dev.inlay.data.loading;

import dev.inlay.data.Examples;
import java.util.stream.IntStream;

/** Which examples an epoch of training visits, as many as there are. */
public enum Sampling {
    /** Every example once. */
    SHUFFLED,
    /** Examples of every class equally often: those of small classes several times, a part of those of large ones. */
    BALANCED;

    /**
     * Returns the order of an epoch, equal for equal seed, epoch and labels.
     *
     * @return draws as {@link Order} has them
     */
    public int[] order(long seed, int epoch, Examples examples) {
        if (this == SHUFFLED) {
            return Order.shuffled(seed, epoch, examples.size());
        }
        return Order.balanced(
                seed,
                epoch,
                IntStream.range(0, examples.size()).map(examples::label).toArray());
    }
}
