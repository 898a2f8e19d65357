package dev.inlay.embedding;

import dev.inlay.checkpoint.npz.NpyMatrix;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Finds the nearest of many embeddings to some of them, by cosine and exactly: each block that is offered is one product of
 * matrices, and nothing of it is kept but what is near. Of equally near ones the first is nearer.
 */
public final class NearestNeighbours {
    private static final int BLOCK_NUMBERS = 1 << 22;
    private static final Comparator<Neighbour> FARTHEST_FIRST = Comparator.comparingDouble(Neighbour::similarity)
            .thenComparing(Comparator.comparingInt(Neighbour::row).reversed());

    private final float[] queries;
    private final int columns;
    private final int k;
    private final List<PriorityQueue<Neighbour>> nearest = new ArrayList<>();
    private int offered;

    /**
     * Begins a search.
     *
     * @param queries of one length, D, finite; at least one
     * @param k how many are wanted of each, at least 1
     */
    public NearestNeighbours(List<float[]> queries, int k) {
        this.columns = queries.get(0).length;
        this.k = k;
        float[] rows = new float[Math.multiplyExact(queries.size(), columns)];
        for (int i = 0; i < queries.size(); i++) {
            System.arraycopy(queries.get(i), 0, rows, i * columns, columns);
            nearest.add(new PriorityQueue<>(FARTHEST_FIRST));
        }
        this.queries = UnitRows.of(rows, columns, 0);
    }

    /**
     * Searches a whole matrix, some rows at a time.
     *
     * @param queries of as many numbers as the matrix has columns
     * @param k how many are wanted of each, at least 1
     * @return for each query, the nearest first
     * @throws dev.inlay.error.DataException if the matrix cannot be read, or a number is not finite
     */
    static List<List<Neighbour>> in(NpyMatrix matrix, List<float[]> queries, int k, Progress progress) {
        NearestNeighbours search = new NearestNeighbours(queries, k);
        int block = Math.max(1, BLOCK_NUMBERS / Math.max(queries.size(), matrix.columns()));
        try (Progress.Task task = progress.start("search", Progress.Unit.IMAGES, matrix.rows())) {
            for (int from = 0; from < matrix.rows(); from += block) {
                search.offer(matrix.rows(from, Math.min(block, matrix.rows() - from)));
                task.at(search.offered);
            }
        }
        return search.result();
    }

    /**
     * Offers more embeddings, which are numbered on from those before.
     *
     * @param rows (n, D), row by row; overwritten
     * @throws dev.inlay.error.DataException if a number is not finite
     */
    public void offer(float[] rows) {
        int count = rows.length / columns;
        float[] cosines;
        try (PointerScope scope = new PointerScope()) {
            Tensor all = Tensors.of(UnitRows.of(rows, columns, offered), count, columns);
            cosines =
                    Tensors.floats(Tensors.of(queries, nearest.size(), columns).mm(all.t()));
        }
        for (int q = 0; q < nearest.size(); q++) {
            PriorityQueue<Neighbour> near = nearest.get(q);
            for (int i = 0; i < count; i++) {
                double cosine = Math.max(-1, Math.min(1, cosines[q * count + i]));
                if (near.size() < k || cosine > near.peek().similarity()) {
                    near.add(new Neighbour(offered + i, cosine));
                    if (near.size() > k) {
                        near.remove();
                    }
                }
            }
        }
        offered += count;
    }

    /** Returns, for each query, the nearest of those offered, nearest first; fewer than k if fewer were offered. */
    public List<List<Neighbour>> result() {
        return nearest.stream()
                .map(near -> {
                    List<Neighbour> sorted = new ArrayList<>(near);
                    sorted.sort(Collections.reverseOrder(FARTHEST_FIRST));
                    return List.copyOf(sorted);
                })
                .toList();
    }
}
