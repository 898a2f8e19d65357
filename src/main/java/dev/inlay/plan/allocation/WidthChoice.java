package dev.inlay.plan.allocation;

import dev.inlay.plan.BlockWidth;
import dev.inlay.plan.Candidate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which blocks get a bottleneck of Adapter+ (arXiv 2406.06820), and how wide it is. The widths of all blocks together have
 * the largest value that a budget pays for, found exactly by dynamic programming over what they cost. The value of a width d in a
 * block is the sum of the block's scores times √d: with equal scores, the best choice at the cost of one width everywhere is that
 * width, for each that the paper found best for a task.
 */
final class WidthChoice {
    /** Those of the paper's search. */
    private static final int[] WIDTHS = {1, 2, 4, 8, 16, 32};

    private WidthChoice() {}

    /**
     * Chooses the widths.
     *
     * @param candidates in registration order; the last matrix of a block writes into its tokens, so has as many rows as they are
     *     wide
     * @param scores one array for each candidate
     * @param budget for the bottlenecks alone, not negative
     * @return one for each block that has a matrix, ascending
     */
    static List<BlockWidth> choose(List<Candidate> candidates, float[][] scores, long budget) {
        Map<Integer, Integer> dims = new TreeMap<>();
        Map<Integer, Double> sums = new TreeMap<>();
        for (int tensor = 0; tensor < scores.length; tensor++) {
            Candidate candidate = candidates.get(tensor);
            if (candidate.block() >= 0 && candidate.isDivisible()) {
                double sum = 0;
                for (float score : scores[tensor]) {
                    sum += score;
                }
                sums.merge(candidate.block(), sum, Double::sum);
                if (candidate.kind() == Candidate.Kind.MATRIX) {
                    dims.put(candidate.block(), candidate.rows());
                }
            }
        }
        List<BlockWidth> blocks = new ArrayList<>();
        dims.forEach((block, dim) -> blocks.add(new BlockWidth(block, dim, sums.get(block), 0)));
        return best(blocks, (int) Math.min(budget, largest(blocks)));
    }

    private static long largest(List<BlockWidth> blocks) {
        return blocks.stream()
                .mapToLong(block -> wide(block, WIDTHS[WIDTHS.length - 1]).parameters())
                .sum();
    }

    /** The knapsack with one width for each block. A wider one is taken only where it is worth more. */
    private static List<BlockWidth> best(List<BlockWidth> blocks, int budget) {
        double[] values = new double[budget + 1];
        byte[][] chosen = new byte[blocks.size()][budget + 1];
        for (int i = 0; i < blocks.size(); i++) {
            BlockWidth block = blocks.get(i);
            double[] before = values.clone();
            for (int w = 0; w < WIDTHS.length; w++) {
                int cost = Math.toIntExact(wide(block, WIDTHS[w]).parameters());
                double value = block.score() * Math.sqrt(WIDTHS[w]);
                for (int spent = cost; spent <= budget; spent++) {
                    if (before[spent - cost] + value > values[spent]) {
                        values[spent] = before[spent - cost] + value;
                        chosen[i][spent] = (byte) (w + 1);
                    }
                }
            }
        }
        int left = budget;
        List<BlockWidth> widths = new ArrayList<>(blocks);
        for (int i = blocks.size() - 1; i >= 0; i--) {
            if (chosen[i][left] > 0) {
                BlockWidth wide = wide(blocks.get(i), WIDTHS[chosen[i][left] - 1]);
                widths.set(i, wide);
                left -= Math.toIntExact(wide.parameters());
            }
        }
        return List.copyOf(widths);
    }

    private static BlockWidth wide(BlockWidth block, int width) {
        return new BlockWidth(block.block(), block.dim(), block.score(), width);
    }
}
