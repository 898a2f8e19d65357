package dev.inlay.train;

import java.util.stream.IntStream;

/**
 * Which rows of a batch are those of one rank: every {@code ranks}-th, from its own number on.
 *
 * @param rank in [0, ranks)
 * @param ranks at least 1
 */
record RankShard(int rank, int ranks) {
    /** How many of a batch of {@code rows}; of a batch that is smaller never more. */
    int of(int rows) {
        return (rows - rank + ranks - 1) / ranks;
    }

    /** The examples of an epoch that are this rank's, batch after batch. */
    int[] of(int[] order, int batchSize) {
        return IntStream.range(0, order.length)
                .filter(i -> i % batchSize % ranks == rank)
                .map(i -> order[i])
                .toArray();
    }
}
