package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Ranks take every row of every batch once, and no last batch asks more of a rank than a whole one. */
class RankShardTest {
    @Test
    void ofEveryBatchEveryRowBelongsToOneRank() {
        for (int ranks = 1; ranks <= 5; ranks++) {
            for (int batchSize = ranks; batchSize <= 9; batchSize++) {
                for (int size = 1; size <= 30; size++) {
                    check(ranks, batchSize, size);
                }
            }
        }
    }

    private static void check(int ranks, int batchSize, int size) {
        int[] order = IntStream.range(0, size).map(i -> size - i).toArray();
        int[][] shares = new int[ranks][];
        for (int rank = 0; rank < ranks; rank++) {
            shares[rank] = new RankShard(rank, ranks).of(order, batchSize);
        }
        int[] taken = new int[ranks];
        for (int start = 0; start < size; start += batchSize) {
            int rows = Math.min(batchSize, size - start);
            int[] batch = Arrays.copyOfRange(order, start, start + rows);
            int[] together = new int[0];
            for (int rank = 0; rank < ranks; rank++) {
                RankShard share = new RankShard(rank, ranks);
                int own = share.of(rows);
                assertThat(own).isBetween(0, share.of(batchSize));
                int[] rowsOfRank = Arrays.copyOfRange(shares[rank], taken[rank], taken[rank] + own);
                taken[rank] += own;
                together = IntStream.concat(Arrays.stream(together), Arrays.stream(rowsOfRank))
                        .toArray();
            }
            assertThat(together).containsExactlyInAnyOrder(batch);
        }
        for (int rank = 0; rank < ranks; rank++) {
            assertThat(taken[rank]).isEqualTo(shares[rank].length);
        }
    }
}
