package dev.inlay.data.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.data.Dataset;
import dev.inlay.data.builtin.BuiltinDataset.Split;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Classifiers that cannot see do not solve the tasks: 800 examples to learn from, 500 to be judged by. */
class ShortcutTest {
    /** The share of right answers allowed; 500 answers at chance have a standard deviation of about 0.02. */
    @ParameterizedTest
    @CsvSource({
        "shape, 0.20, 0.20, 0.27",
        "texture, 0.20, 0.20, 0.20",
        "count, 0.24, 0.24, 0.30",
        "distance, 0.27, 0.27, 0.35",
        "position, 0.18, 0.18, 0.40",
        "orientation, 0.20, 0.20, 0.25",
        "relation, 0.32, 0.40, 0.50",
        "photo, 0.24, 0.24, 0.26"
    })
    void blindClassifiersFail(String task, double meanColour, double nearestCentroid, double nearestNeighbour) {
        BuiltinTask drawn = BuiltinTasks.named(task);
        Dataset train = new BuiltinDataset(drawn, Split.TRAIN, 0, 800, 16);
        Dataset test = new BuiltinDataset(drawn, Split.TEST, 0, 500, 16);
        assertThat(accuracy(centroids(examples(train, 1)), examples(test, 1))).isLessThan(meanColour);
        assertThat(accuracy(centroids(examples(train, 8)), examples(test, 8))).isLessThan(nearestCentroid);
        assertThat(accuracy(examples(train, 8), examples(test, 8))).isLessThan(nearestNeighbour);
    }

    /** Neither how much is covered by bodies nor how large the largest is tells their number. */
    @ParameterizedTest
    @CsvSource({"0, 0.45", "1, 0.45"})
    void areaAndSizeDoNotTellTheCount(int feature, double allowed) {
        Examples train = areas(new BuiltinDataset(BuiltinTasks.named("count"), Split.TRAIN, 0, 800, 16), feature);
        Examples test = areas(new BuiltinDataset(BuiltinTasks.named("count"), Split.TEST, 0, 500, 16), feature);
        assertThat(accuracy(centroids(train), test)).isLessThan(allowed);
    }

    private record Examples(double[][] features, int[] labels, int classes) {}

    private static Examples areas(BuiltinDataset dataset, int feature) {
        double[][] features = new double[dataset.size()][];
        for (int i = 0; i < dataset.size(); i++) {
            double[] radii = dataset.scene(i).bodies().stream()
                    .mapToDouble(body -> body.pose().radius())
                    .toArray();
            double area = IntStream.range(0, radii.length)
                    .mapToDouble(k -> radii[k] * radii[k])
                    .sum();
            double largest = IntStream.range(0, radii.length)
                    .mapToDouble(k -> radii[k])
                    .max()
                    .orElseThrow();
            features[i] = new double[] {feature == 0 ? Math.log(area) : Math.log(largest)};
        }
        return new Examples(features, labels(dataset), dataset.classNames().size());
    }

    /** The image as a mosaic of {@code grid * grid} mean colours. */
    private static Examples examples(Dataset dataset, int grid) {
        double[][] features = new double[dataset.size()][3 * grid * grid];
        for (int i = 0; i < dataset.size(); i++) {
            byte[] rgb = dataset.image(i).rgb();
            int side = 16 / grid;
            for (int k = 0; k < rgb.length; k++) {
                int tile = (k / 3 / 16 / side) * grid + k / 3 % 16 / side;
                features[i][3 * tile + k % 3] += (rgb[k] & 0xFF) / (double) (side * side);
            }
        }
        return new Examples(features, labels(dataset), dataset.classNames().size());
    }

    private static int[] labels(Dataset dataset) {
        return IntStream.range(0, dataset.size()).map(dataset::label).toArray();
    }

    private static Examples centroids(Examples train) {
        double[][] means = new double[train.classes][train.features[0].length];
        int[] counts = new int[train.classes];
        for (int i = 0; i < train.labels.length; i++) {
            counts[train.labels[i]]++;
            for (int k = 0; k < means[0].length; k++) {
                means[train.labels[i]][k] += train.features[i][k];
            }
        }
        for (int label = 0; label < train.classes; label++) {
            for (int k = 0; k < means[label].length; k++) {
                means[label][k] /= counts[label];
            }
        }
        return new Examples(means, IntStream.range(0, train.classes).toArray(), train.classes);
    }

    /** The share of examples that get the label of the nearest known one. */
    private static double accuracy(Examples known, Examples asked) {
        int right = 0;
        for (int i = 0; i < asked.labels.length; i++) {
            int best = 0;
            double least = Double.MAX_VALUE;
            for (int k = 0; k < known.labels.length; k++) {
                double distance = 0;
                for (int f = 0; f < known.features[k].length && distance < least; f++) {
                    double d = asked.features[i][f] - known.features[k][f];
                    distance += d * d;
                }
                if (distance < least) {
                    least = distance;
                    best = known.labels[k];
                }
            }
            right += best == asked.labels[i] ? 1 : 0;
        }
        return right / (double) asked.labels.length;
    }
}
