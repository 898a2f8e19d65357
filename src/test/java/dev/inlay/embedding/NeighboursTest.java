package dev.inlay.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.checkpoint.npz.NpyMatrix;
import dev.inlay.error.DataException;
import dev.inlay.file.AtomicFile;
import dev.inlay.progress.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is near what, against cosines of all pairs in double precision. */
class NeighboursTest {
    private static final int COLUMNS = 7;

    @TempDir
    private Path folder;

    private static List<float[]> random(int rows, long seed) {
        Random random = new Random(seed);
        return IntStream.range(0, rows)
                .mapToObj(i -> {
                    float[] row = new float[COLUMNS];
                    for (int c = 0; c < COLUMNS; c++) {
                        row[c] = (float) random.nextGaussian();
                    }
                    return row;
                })
                .toList();
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double ofA = 0;
        double ofB = 0;
        for (int c = 0; c < a.length; c++) {
            product += (double) a[c] * b[c];
            ofA += (double) a[c] * a[c];
            ofB += (double) b[c] * b[c];
        }
        return ofA == 0 || ofB == 0 ? 0 : product / Math.sqrt(ofA * ofB);
    }

    private NpyMatrix matrix(List<float[]> rows) {
        Path file = folder.resolve("matrix.npy");
        AtomicFile.write(file, out -> {
            NpyMatrix.Writer matrix = new NpyMatrix.Writer(out);
            for (float[] row : rows) {
                matrix.add(row);
            }
            matrix.finish();
        });
        return NpyMatrix.open(file);
    }

    private static void requireNearest(List<Neighbour> found, List<float[]> rows, float[] query, int k) {
        List<Integer> expected = IntStream.range(0, rows.size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -cosine(rows.get(i), query)))
                .limit(k)
                .toList();
        assertThat(found).extracting(Neighbour::row).containsExactlyElementsOf(expected);
        found.forEach(
                near -> assertThat(near.similarity()).isCloseTo(cosine(rows.get(near.row()), query), within(1e-6)));
    }

    @Test
    void theNearestAreFoundHoweverTheRowsAreDivided() {
        List<float[]> rows = random(100, 1);
        List<float[]> queries = random(3, 2);
        NearestNeighbours search = new NearestNeighbours(queries, 5);
        for (int from = 0; from < 100; from += 30) {
            int count = Math.min(30, 100 - from);
            float[] block = new float[count * COLUMNS];
            for (int i = 0; i < count; i++) {
                System.arraycopy(rows.get(from + i), 0, block, i * COLUMNS, COLUMNS);
            }
            search.offer(block);
        }
        for (int q = 0; q < 3; q++) {
            requireNearest(search.result().get(q), rows, queries.get(q), 5);
        }
    }

    @Test
    void theNearestOfAFileAreFoundInBlocks() {
        List<float[]> rows = random(5000, 3);
        List<float[]> queries = random(2000, 4);
        try (NpyMatrix matrix = matrix(rows)) {
            List<List<Neighbour>> found = NearestNeighbours.in(matrix, queries, 3, Progress.NONE);
            for (int q : new int[] {0, 999, 1999}) {
                requireNearest(found.get(q), rows, queries.get(q), 3);
            }
        }
    }

    @Test
    void ofEqualOnesTheFirstIsNearerAndFewRowsAreAllFound() {
        float[] row = {1, 2, 3};
        NearestNeighbours search = new NearestNeighbours(List.of(new float[] {2, 4, 6}), 4);
        search.offer(new float[] {0, 0, 0, 1, 2, 3, 1, 2, 3});
        assertThat(search.result().get(0)).extracting(Neighbour::row).containsExactly(1, 2, 0);
        assertThat(search.result().get(0).get(0).similarity()).isCloseTo(cosine(row, row), within(1e-6));
        assertThat(search.result().get(0).get(2).similarity()).isZero();
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() {
        NearestNeighbours search = new NearestNeighbours(List.of(new float[] {2, 4}), 4);
        search.offer(new float[] {1, 1});
        assertThatThrownBy(() -> search.offer(new float[] {1, 2, Float.NaN, 0}))
                .isInstanceOf(DataException.class)
                .hasMessage("embedding 2: expected finite numbers");
    }

    /** Ranks by a full sort in double precision; the formulas are written out again. */
    @Test
    void classesAreFoundAsWellAsAFullSortFindsThem() {
        List<float[]> rows = new ArrayList<>();
        int[] labels = new int[300];
        Random random = new Random(8);
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i < 297 ? random.nextInt(6) : i - 290; // the last three classes have an image each
            float[] row = random(1, 100 + i).get(0);
            row[labels[i] % COLUMNS] += 1.5f;
            rows.add(row);
        }
        int images = 0;
        int voted = 0;
        int first = 0;
        double precision = 0;
        for (int q = 0; q < 297; q++) {
            int query = q;
            List<Integer> ranked = IntStream.range(0, 300)
                    .filter(i -> i != query)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> -cosine(rows.get(i), rows.get(query))))
                    .toList();
            double[] votes = new double[10];
            ranked.subList(0, 20)
                    .forEach(i -> votes[labels[i]] += Math.exp(cosine(rows.get(i), rows.get(query)) / 0.07));
            int best = IntStream.range(0, 10)
                    .boxed()
                    .max(Comparator.comparingDouble(label -> votes[label]))
                    .orElseThrow();
            double found = 0;
            double sum = 0;
            for (int rank = 0; rank < ranked.size(); rank++) {
                if (labels[ranked.get(rank)] == labels[q]) {
                    sum += ++found / (rank + 1);
                }
            }
            images++;
            voted += best == labels[q] ? 1 : 0;
            first += labels[ranked.get(0)] == labels[q] ? 1 : 0;
            precision += sum / found;
        }
        try (NpyMatrix matrix = matrix(rows)) {
            LabelledNeighbours result = LabelledNeighbours.of(matrix, labels, Progress.NONE);
            assertThat(result.images()).isEqualTo(images);
            assertThat(result.knn())
                    .isCloseTo((double) voted / images, within(1e-12))
                    .isBetween(0.4, 0.99);
            assertThat(result.recallAt1()).isCloseTo((double) first / images, within(1e-12));
            assertThat(result.meanAveragePrecision()).isCloseTo(precision / images, within(1e-6));
        }
    }

    @Test
    void nearDuplicatesAreGroupedAcrossBlocks() {
        List<float[]> rows = new ArrayList<>(random(2500, 5));
        rows.set(2400, times(rows.get(3), 2, 0));
        rows.set(1200, times(rows.get(3), 0.5f, 0.02f));
        rows.set(2, times(rows.get(2001), 1, 0.01f));
        try (NpyMatrix matrix = matrix(rows)) {
            List<List<Neighbour>> groups = NearDuplicates.in(matrix, 0.999, Progress.NONE);
            assertThat(groups)
                    .extracting(group -> group.stream().map(Neighbour::row).toList())
                    .contains(List.of(2, 2001), List.of(3, 1200, 2400));
            List<List<Integer>> pairs = new ArrayList<>();
            for (int a = 0; a < rows.size(); a++) {
                for (int b = a + 1; b < rows.size(); b++) {
                    if (cosine(rows.get(a), rows.get(b)) >= 0.999) {
                        pairs.add(List.of(a, b));
                    }
                }
            }
            assertThat(pairs).allSatisfy(pair -> assertThat(groups)
                    .anySatisfy(group ->
                            assertThat(group.stream().map(Neighbour::row)).containsAll(pair)));
            assertThat(groups.stream().mapToInt(List::size).sum())
                    .isEqualTo(pairs.stream().flatMap(List::stream).distinct().count());
            assertThat(groups.stream()
                            .filter(group -> group.get(0).row() == 3)
                            .findFirst()
                            .orElseThrow()
                            .get(0)
                            .similarity())
                    .isCloseTo(1, within(1e-6));
        }
    }

    private static float[] times(float[] row, float factor, float shift) {
        float[] scaled = row.clone();
        for (int c = 0; c < row.length; c++) {
            scaled[c] *= factor;
        }
        scaled[0] += shift;
        return scaled;
    }
}
