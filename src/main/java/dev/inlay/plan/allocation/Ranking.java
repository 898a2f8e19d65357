package dev.inlay.plan.allocation;

import dev.inlay.error.DataException;
import dev.inlay.plan.Candidate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Weights in order of falling score, ties in registration order and then by flat index, without sorting them. The bits of
 * floats that are not negative sort like the floats, so a histogram of their upper 16 bits per tensor says within
 * which bucket a limit is reached; only that bucket is looked at closer. Scores are read once to build the histogram and
 * once more for any number of limits, and never copied.
 */
final class Ranking {
    static final int MAX_TENSORS = 1 << 16;

    private static final int LOW_BITS = 15;
    private static final int LOW_MASK = (1 << LOW_BITS) - 1;
    private static final int BUCKETS = 1 << 16;
    private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

    private final float[][] scores;
    private final int[][] histograms;
    private final long[] bucketSizes = new long[BUCKETS];

    /**
     * @param scores one array per candidate, borrowed
     * @throws DataException naming the tensor, if a score is negative, infinite or not a number
     */
    Ranking(List<Candidate> candidates, float[][] scores) {
        this.scores = scores;
        histograms = new int[scores.length][BUCKETS];
        for (int tensor = 0; tensor < scores.length; tensor++) {
            fill(histograms[tensor], candidates.get(tensor).name(), scores[tensor]);
            for (int bucket = 0; bucket < BUCKETS; bucket++) {
                bucketSizes[bucket] += histograms[tensor][bucket];
            }
        }
    }

    /** The bits of a score; an integer order that equals the order of scores. Adding zero turns -0 into 0. */
    static int bits(float score) {
        return Float.floatToRawIntBits(score + 0f);
    }

    /**
     * For each limit, the longest prefix of the ranking that is charged at most the limit.
     *
     * @param limits not negative, in any order
     * @return one cut per limit, in their order
     */
    List<Cut> cuts(Charge charge, long... limits) {
        Boundary[] boundaries = boundaries(charge, limits);
        Map<Integer, int[]> buckets = sortedBuckets(boundaries);
        int[] sizes = Arrays.stream(scores).mapToInt(values -> values.length).toArray();
        List<Cut> cuts = new ArrayList<>(limits.length);
        for (int i = 0; i < limits.length; i++) {
            Boundary boundary = boundaries[i];
            cuts.add(
                    boundary == null
                            ? Cut.everything(sizes)
                            : boundary.cut(buckets.get(boundary.bucket), charge, limits[i]));
        }
        return cuts;
    }

    private static void fill(int[] histogram, String name, float[] values) {
        for (int i = 0; i < values.length; i++) {
            int bits = bits(values[i]);
            if (Integer.compareUnsigned(bits, INFINITY_BITS) >= 0) {
                throw new DataException("scores: tensor " + name + " holds " + values[i] + " at flat index " + i
                        + "; every score must be a finite number of 0 or more. Compute the scores again");
            }
            histogram[bits >>> LOW_BITS]++;
        }
    }

    /** Where each limit is first exceeded, bucket by bucket; null where it never is. */
    private Boundary[] boundaries(Charge charge, long[] limits) {
        int[] rising = IntStream.range(0, limits.length)
                .boxed()
                .sorted((a, b) -> Long.compare(limits[a], limits[b]))
                .mapToInt(Integer::intValue)
                .toArray();
        Boundary[] boundaries = new Boundary[limits.length];
        int[] selected = new int[scores.length];
        long total = 0;
        int reached = 0;
        for (int bucket = BUCKETS - 1; bucket >= 0 && reached < rising.length; bucket--) {
            if (bucketSizes[bucket] == 0) {
                continue;
            }
            int[] before = selected.clone();
            for (int tensor = 0; tensor < selected.length; tensor++) {
                selected[tensor] += histograms[tensor][bucket];
            }
            long after = charge.total(selected);
            while (reached < rising.length && after > limits[rising[reached]]) {
                boundaries[rising[reached++]] = new Boundary(bucket, before, total);
            }
            total = after;
        }
        return boundaries;
    }

    /**
     * The weights of the boundary buckets, highest-ranked first. A weight is (falling lower bits of its score, tensor) in
     * one int; its flat index is not needed to tell where a limit is reached.
     */
    private Map<Integer, int[]> sortedBuckets(Boundary[] boundaries) {
        Map<Integer, int[]> buckets = new HashMap<>();
        int[][] wanted = new int[BUCKETS][];
        int[] filled = new int[BUCKETS];
        for (Boundary boundary : boundaries) {
            if (boundary != null && wanted[boundary.bucket] == null) {
                wanted[boundary.bucket] = new int[Math.toIntExact(bucketSizes[boundary.bucket])];
                buckets.put(boundary.bucket, wanted[boundary.bucket]);
            }
        }
        if (buckets.isEmpty()) {
            return buckets;
        }
        for (int tensor = 0; tensor < scores.length; tensor++) {
            for (float score : scores[tensor]) {
                int bits = bits(score);
                int[] entries = wanted[bits >>> LOW_BITS];
                if (entries != null) {
                    entries[filled[bits >>> LOW_BITS]++] = (LOW_MASK - (bits & LOW_MASK)) << 16 | tensor;
                }
            }
        }
        buckets.values().forEach(Arrays::sort);
        return buckets;
    }

    /** The bucket that exceeds a limit, and the selection and its charge above it. */
    private static final class Boundary {
        private final int bucket;
        private final int[] selectedAbove;
        private final long totalAbove;

        Boundary(int bucket, int[] selectedAbove, long totalAbove) {
            this.bucket = bucket;
            this.selectedAbove = selectedAbove;
            this.totalAbove = totalAbove;
        }

        Cut cut(int[] entries, Charge charge, long limit) {
            int[] selected = selectedAbove.clone();
            long total = totalAbove;
            int ties = 0;
            for (int i = 0; i < entries.length; i++) {
                int tensor = entries[i] & 0xFFFF;
                ties = i > 0 && entries[i] == entries[i - 1] ? ties + 1 : 0;
                total += charge.of(tensor, selected[tensor] + 1) - charge.of(tensor, selected[tensor]);
                if (total > limit) {
                    int bits = bucket << LOW_BITS | (LOW_MASK - (entries[i] >>> 16));
                    return new Cut(selected, bits, tensor, ties);
                }
                selected[tensor]++;
            }
            throw new IllegalStateException("the charge of more weights is lower than that of fewer");
        }
    }
}
