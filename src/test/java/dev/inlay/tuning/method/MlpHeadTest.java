package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class MlpHeadTest {
    private static final Offset<Double> TOLERANCE = within(1e-5);

    /** Training without anything random. */
    private static final Dropout TRAINING = new Dropout() {
        @Override
        public boolean training() {
            return true;
        }

        @Override
        public Tensor dropPath(Tensor x, String place, double rate) {
            return x;
        }

        @Override
        public Tensor dropout(Tensor x, String place, double rate) {
            return x;
        }
    };

    /** Mean and unbiased variance of each feature. */
    private record Statistics(double[] mean, double[] variance) {
        static Statistics of(double[][] rows) {
            int width = rows[0].length;
            double[] mean = new double[width];
            double[] variance = new double[width];
            for (int j = 0; j < width; j++) {
                for (double[] row : rows) {
                    mean[j] += row[j] / rows.length;
                }
                for (double[] row : rows) {
                    variance[j] += (row[j] - mean[j]) * (row[j] - mean[j]) / (rows.length - 1);
                }
            }
            return new Statistics(mean, variance);
        }
    }

    @Test
    void evaluationNormalisesByTheKeptStatistics() {
        SmallTuning.disturbed(new MlpHead(3), (vit, tuning) -> {
            Tensor images = SmallTuning.images();
            double[][] rows = rows(vit.features(images, Pass.BARE));
            for (int layer = 0; layer < 2; layer++) {
                rows = active(tuning, layer, rows);
                normalise(
                        tuning,
                        layer,
                        rows,
                        values(tuning, layer, "norm.mean"),
                        values(tuning, layer, "norm.variance"));
            }
            assertClose(tuning.features(images, Dropout.NONE, 0), rows);
        });
    }

    @Test
    void trainingNormalisesByTheBatchAndMovesTheKeptStatistics() {
        SmallTuning.disturbed(new MlpHead(2), (vit, tuning) -> {
            Tensor images = SmallTuning.images();
            double[] mean = values(tuning, 0, "norm.mean");
            double[] variance = values(tuning, 0, "norm.variance");
            double[][] rows = active(tuning, 0, rows(vit.features(images, Pass.BARE)));
            Statistics batch = Statistics.of(rows);
            Tensor features = tuning.features(images, TRAINING, 0);
            double[] biased = batch.variance().clone();
            for (int j = 0; j < biased.length; j++) {
                biased[j] *= (rows.length - 1.0) / rows.length;
                mean[j] = 0.9 * mean[j] + 0.1 * batch.mean()[j];
                variance[j] = 0.9 * variance[j] + 0.1 * batch.variance()[j];
            }
            normalise(tuning, 0, rows, batch.mean(), biased);
            assertClose(features, rows);
            assertThat(values(tuning, 0, "norm.mean")).containsExactly(mean, TOLERANCE);
            assertThat(values(tuning, 0, "norm.variance")).containsExactly(variance, TOLERANCE);
        });
    }

    @Test
    void aTrainingBatchOfOneImageIsNormalisedByTheKeptStatisticsAndLeavesThem() {
        SmallTuning.disturbed(new MlpHead(3), (vit, tuning) -> {
            Tensor image = SmallTuning.images().narrow(0, 1, 1);
            double[] mean = values(tuning, 1, "norm.mean");
            double[] variance = values(tuning, 1, "norm.variance");
            Tensor features = tuning.features(image, TRAINING, 0);
            assertThat(Tensors.floats(features))
                    .containsExactly(Tensors.floats(tuning.features(image, Dropout.NONE, 0)));
            features.sum().backward();
            tuning.trainables().forEach((name, trainable) -> {
                if (trainable.role() == Role.HEAD && name.startsWith("mlpHead")) {
                    assertThat(trainable.tensor().grad().isfinite().all().item_bool())
                            .as(name)
                            .isTrue();
                }
            });
            assertThat(values(tuning, 1, "norm.mean")).containsExactly(mean);
            assertThat(values(tuning, 1, "norm.variance")).containsExactly(variance);
        });
    }

    @Test
    void allOfItIsHeadOrStatistic() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = SmallTuning.vitB16();
                Tuning tuning = SmallTuning.of(vit, new MlpHead(3))) {
            assertThat(tuning.count(Role.HEAD)).isEqualTo(1_184_256 + SmallTuning.CLASSES * 769L);
            assertThat(tuning.count(Role.STATISTIC)).isEqualTo(2 * 2 * 768);
        }
    }

    @Test
    void oneLayerIsALinearHead() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning one = SmallTuning.of(vit, new MlpHead(1));
                Tuning linear = SmallTuning.of(vit, new HeadOnly())) {
            assertThat(one.trainables().keySet()).isEqualTo(linear.trainables().keySet());
        }
    }

    private static double[][] active(Tuning tuning, int layer, double[][] rows) {
        double[] weight = values(tuning, layer, "linear.weight");
        double[] bias = values(tuning, layer, "linear.bias");
        double[][] active = new double[rows.length][bias.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < bias.length; j++) {
                double sum = bias[j];
                for (int k = 0; k < bias.length; k++) {
                    sum += rows[i][k] * weight[j * bias.length + k];
                }
                active[i][j] = Math.max(sum, 0);
            }
        }
        return active;
    }

    private static void normalise(Tuning tuning, int layer, double[][] rows, double[] mean, double[] variance) {
        double[] weight = values(tuning, layer, "norm.weight");
        double[] bias = values(tuning, layer, "norm.bias");
        for (double[] row : rows) {
            for (int j = 0; j < row.length; j++) {
                row[j] = (row[j] - mean[j]) / Math.sqrt(variance[j] + 1e-5) * weight[j] + bias[j];
            }
        }
    }

    private static double[] values(Tuning tuning, int layer, String name) {
        return Tensors.doubles(SmallTuning.exact(tuning, "mlpHead." + layer + "." + name));
    }

    private static double[][] rows(Tensor features) {
        double[] flat = Tensors.doubles(features);
        double[][] rows = new double[Math.toIntExact(features.size(0))][Math.toIntExact(features.size(1))];
        for (int i = 0; i < flat.length; i++) {
            rows[i / rows[0].length][i % rows[0].length] = flat[i];
        }
        return rows;
    }

    private static void assertClose(Tensor features, double[][] expected) {
        double[] flat = Arrays.stream(expected).flatMapToDouble(Arrays::stream).toArray();
        SmallTuning.assertClose(features, Tensors.of(flat, Tensors.shape(features)), 2e-5);
    }
}
