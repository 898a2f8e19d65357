package dev.inlay.embedding;

import dev.inlay.checkpoint.npz.NpyMatrix;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Finds groups of embeddings that are nearly equal: two are in one group if their cosine reaches a threshold, or if others
 * connect them. All pairs are compared, as products of blocks, so the time grows with N² and the memory with N.
 */
final class NearDuplicates {
    private static final int BLOCK = 1024;

    private final double threshold;
    private final int[] parent;
    private final double[] nearest;

    private NearDuplicates(int rows, double threshold) {
        this.threshold = threshold;
        this.parent = new int[rows];
        this.nearest = new double[rows];
        for (int i = 0; i < rows; i++) {
            parent[i] = i;
        }
    }

    /**
     * Compares all rows of a matrix.
     *
     * @param threshold the least cosine of near duplicates, in (0, 1]
     * @return groups of two and more in the order of their first rows, each in the order of its rows, with the cosine of each
     *     and the nearest of the others
     * @throws dev.inlay.error.DataException if the matrix cannot be read, or a number is not finite
     */
    static List<List<Neighbour>> in(NpyMatrix matrix, double threshold, Progress progress) {
        NearDuplicates found = new NearDuplicates(matrix.rows(), threshold);
        try (Progress.Task task = progress.start("compare", Progress.Unit.IMAGES, matrix.rows())) {
            for (int from = 0; from < matrix.rows(); from += BLOCK) {
                float[] rows = block(matrix, from);
                for (int other = from; other < matrix.rows(); other += BLOCK) {
                    found.compare(from, rows, other, other == from ? rows : block(matrix, other), matrix.columns());
                }
                task.at(Math.min(from + BLOCK, matrix.rows()));
            }
        }
        return found.groups();
    }

    private static float[] block(NpyMatrix matrix, int from) {
        return UnitRows.of(matrix.rows(from, Math.min(BLOCK, matrix.rows() - from)), matrix.columns(), from);
    }

    private void compare(int first, float[] rows, int second, float[] others, int columns) {
        int count = rows.length / columns;
        int otherCount = others.length / columns;
        float[] cosines;
        try (PointerScope scope = new PointerScope()) {
            Tensor right = Tensors.of(others, otherCount, columns);
            cosines = Tensors.floats(Tensors.of(rows, count, columns).mm(right.t()));
        }
        for (int i = 0; i < count; i++) {
            for (int j = first == second ? i + 1 : 0; j < otherCount; j++) {
                float cosine = cosines[i * otherCount + j];
                if (cosine >= threshold) {
                    connect(first + i, second + j, Math.min(1, cosine));
                }
            }
        }
    }

    private void connect(int a, int b, double cosine) {
        nearest[a] = Math.max(nearest[a], cosine);
        nearest[b] = Math.max(nearest[b], cosine);
        int rootOfA = root(a);
        int rootOfB = root(b);
        parent[Math.max(rootOfA, rootOfB)] = Math.min(rootOfA, rootOfB);
    }

    private int root(int row) {
        int at = row;
        while (parent[at] != at) {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        return at;
    }

    private List<List<Neighbour>> groups() {
        Map<Integer, List<Neighbour>> groups = new TreeMap<>();
        for (int row = 0; row < parent.length; row++) {
            if (nearest[row] > 0) {
                groups.computeIfAbsent(root(row), first -> new ArrayList<>()).add(new Neighbour(row, nearest[row]));
            }
        }
        return List.copyOf(groups.values());
    }
}
