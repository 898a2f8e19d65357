package dev.inlay.embedding;

import dev.inlay.checkpoint.npz.NpyMatrix;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * How well embeddings find images of the same class, each image among all others, by cosine.
 *
 * @param images that were looked for: those whose class has another image
 * @param knn part of them whose class the {@value #K} nearest name, each with a vote of exp(cosine / {@value #TEMPERATURE}),
 *     as DINO's protocol has it (Caron et al., arXiv 2104.14294, {@code eval_knn.py})
 * @param recallAt1 part of them whose nearest is of their class
 * @param meanAveragePrecision mean over them of the average precision with which their class is ranked
 */
public record LabelledNeighbours(int images, double knn, double recallAt1, double meanAveragePrecision) {
    /** How many of the nearest vote. */
    public static final int K = 20;

    /** What a cosine is divided by in a vote. */
    public static final double TEMPERATURE = 0.07;

    private static final int BLOCK_NUMBERS = 1 << 22;

    /**
     * Ranks all others for each row, as products of blocks: the time grows with N² log N, the memory with N.
     *
     * @param labels of the rows, from 0
     * @throws dev.inlay.error.DataException if the matrix cannot be read, or a number is not finite
     * @throws IllegalArgumentException if no class has two images
     */
    static LabelledNeighbours of(NpyMatrix matrix, int[] labels, Progress progress) {
        int rows = matrix.rows();
        int classes = Arrays.stream(labels).max().orElse(-1) + 1;
        int[] members = new int[classes];
        Arrays.stream(labels).forEach(label -> members[label]++);
        if (Arrays.stream(members).noneMatch(count -> count > 1)) {
            throw new IllegalArgumentException("no class has two images");
        }
        int block = Math.max(1, BLOCK_NUMBERS / Math.max(rows, matrix.columns()));
        int images = 0;
        int voted = 0;
        int first = 0;
        double precision = 0;
        try (Progress.Task task = progress.start("rank", Progress.Unit.IMAGES, rows)) {
            for (int from = 0; from < rows; from += block) {
                int count = Math.min(block, rows - from);
                float[] cosines = cosines(matrix, from, count, block);
                for (int i = 0; i < count; i++) {
                    int row = from + i;
                    if (members[labels[row]] > 1) {
                        long[] ranked = ranked(cosines, i * rows, rows, row);
                        images++;
                        voted += vote(ranked, labels, classes) == labels[row] ? 1 : 0;
                        first += labels[row(ranked[0])] == labels[row] ? 1 : 0;
                        precision += averagePrecision(ranked, labels, labels[row]);
                    }
                }
                task.at(from + count);
            }
        }
        return new LabelledNeighbours(images, (double) voted / images, (double) first / images, precision / images);
    }

    /** (count, N), of some rows with all. */
    private static float[] cosines(NpyMatrix matrix, int from, int count, int block) {
        int rows = matrix.rows();
        int columns = matrix.columns();
        float[] cosines = new float[Math.multiplyExact(count, rows)];
        float[] own = UnitRows.of(matrix.rows(from, count), columns, from);
        for (int other = 0; other < rows; other += block) {
            int others = Math.min(block, rows - other);
            float[] part;
            try (PointerScope scope = new PointerScope()) {
                Tensor right = Tensors.of(UnitRows.of(matrix.rows(other, others), columns, other), others, columns);
                part = Tensors.floats(Tensors.of(own, count, columns).mm(right.t()));
            }
            for (int i = 0; i < count; i++) {
                System.arraycopy(part, i * others, cosines, i * rows + other, others);
            }
        }
        return cosines;
    }

    /** All rows but one, the nearest first, of equal ones the first: cosines above, rows below. */
    private static long[] ranked(float[] cosines, int offset, int rows, int but) {
        long[] ranked = IntStream.range(0, rows)
                .filter(row -> row != but)
                .mapToLong(row -> (long) descending(cosines[offset + row]) << Integer.SIZE | row)
                .toArray();
        Arrays.sort(ranked);
        return ranked;
    }

    /** A number that is the less the larger the cosine is; {@link #cosine} takes it back. */
    private static int descending(float cosine) {
        int bits = Float.floatToIntBits(cosine + 0.0f);
        return ~(bits < 0 ? bits ^ Integer.MAX_VALUE : bits);
    }

    private static float cosine(long ranked) {
        int bits = ~(int) (ranked >> Integer.SIZE);
        return Float.intBitsToFloat(bits < 0 ? bits ^ Integer.MAX_VALUE : bits);
    }

    private static int row(long ranked) {
        return (int) ranked;
    }

    private static int vote(long[] ranked, int[] labels, int classes) {
        double[] votes = new double[classes];
        for (int i = 0; i < Math.min(K, ranked.length); i++) {
            votes[labels[row(ranked[i])]] += Math.exp(cosine(ranked[i]) / TEMPERATURE);
        }
        return IntStream.range(0, classes).reduce(0, (best, label) -> votes[label] > votes[best] ? label : best);
    }

    /** Mean of the precision at the rank of each image of the class. */
    private static double averagePrecision(long[] ranked, int[] labels, int label) {
        int found = 0;
        double sum = 0;
        for (int i = 0; i < ranked.length; i++) {
            if (labels[row(ranked[i])] == label) {
                found++;
                sum += (double) found / (i + 1);
            }
        }
        return sum / found;
    }
}
