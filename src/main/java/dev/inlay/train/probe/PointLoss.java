package dev.inlay.train.probe;

import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a probe minimises besides its penalty, as a function of its outputs (N, C): the mean over N examples of a loss, by the
 * kind of their labels. In double precision; its tensors belong to the scope around {@link #of}.
 */
sealed interface PointLoss {
    /**
     * Computes the loss.
     *
     * @param outputs (N, C)
     * @param loss gets it at index 0
     * @return its derivative by each output, (N, C)
     */
    Tensor derivative(Tensor outputs, double[] loss);

    /**
     * Computes the second derivative by each output.
     *
     * @param outputs (N, C)
     * @return (N, C)
     */
    Tensor curvature(Tensor outputs);

    /**
     * Returns the loss of the labels of some examples.
     *
     * @param classWeights of one class for each image, by index; empty where all are 1
     */
    static PointLoss of(LabelledFeatures data, List<Double> classWeights) {
        return switch (data.labels().kind()) {
            case SINGLE -> Softmax.of(data, classWeights);
            case MULTI -> new Logistic(matrix(data, data.targets()));
            case NUMBERS -> new HalfSquare(matrix(data, data.standardTargets()));
            case MASKS -> throw new IllegalArgumentException("there are no features of pixels");
        };
    }

    private static Tensor matrix(LabelledFeatures data, double[] values) {
        return Tensors.of(values, data.size(), data.labels().size());
    }

    private static Tensor matrix(LabelledFeatures data, float[] values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return matrix(data, doubles);
    }

    /**
     * wₙ −log softmax(outputs)[labelₙ].
     *
     * @param weights (N, 1); their mean is 1
     * @param targets (N, C), one-hot, times weight, divided by N
     */
    record Softmax(Tensor weights, Tensor targets) implements PointLoss {
        static Softmax of(LabelledFeatures data, List<Double> classWeights) {
            int[] labels = data.classes();
            Tensor weights = Tensors.of(weights(labels, classWeights), data.size(), 1);
            Tensor targets = torch.one_hot(
                            Tensors.indices(labels), data.labels().size())
                    .to(ScalarType.Double)
                    .mul(weights)
                    .div(new Scalar((double) data.size()));
            return new Softmax(weights, targets);
        }

        /** The weight of each example; their mean is 1. */
        private static double[] weights(int[] labels, List<Double> classWeights) {
            double[] weights = Arrays.stream(labels)
                    .mapToDouble(label -> classWeights.isEmpty() ? 1 : classWeights.get(label))
                    .toArray();
            double mean = Arrays.stream(weights).average().orElseThrow();
            return Arrays.stream(weights).map(weight -> weight / mean).toArray();
        }

        @Override
        public Tensor derivative(Tensor outputs, double[] loss) {
            Tensor logProbabilities = torch.log_softmax(outputs, 1);
            loss[0] = -logProbabilities.mul(targets).sum().item_double();
            return logProbabilities
                    .exp_()
                    .mul_(weights)
                    .div_(new Scalar((double) outputs.size(0)))
                    .sub_(targets);
        }

        @Override
        public Tensor curvature(Tensor outputs) {
            Tensor p = torch.log_softmax(outputs, 1).exp_();
            return p.sub(p.square()).mul_(weights).div_(new Scalar((double) outputs.size(0)));
        }
    }

    /**
     * The sum over the classes of log(1 + eˣ) − y x: a logistic regression for each class.
     *
     * @param targets y, (N, C), 0 or 1
     */
    record Logistic(Tensor targets) implements PointLoss {
        @Override
        public Tensor derivative(Tensor outputs, double[] loss) {
            Scalar examples = new Scalar((double) outputs.size(0));
            loss[0] = torch.softplus(outputs)
                    .sub_(outputs.mul(targets))
                    .sum()
                    .div(examples)
                    .item_double();
            return outputs.sigmoid().sub_(targets).div_(examples);
        }

        @Override
        public Tensor curvature(Tensor outputs) {
            Tensor p = outputs.sigmoid();
            return p.sub(p.square()).div_(new Scalar((double) outputs.size(0)));
        }
    }

    /**
     * The sum over the numbers of (x − y)² / 2: a ridge regression for each number.
     *
     * @param targets y, (N, C), standardised
     */
    record HalfSquare(Tensor targets) implements PointLoss {
        @Override
        public Tensor derivative(Tensor outputs, double[] loss) {
            Tensor difference = outputs.sub(targets).div_(new Scalar((double) outputs.size(0)));
            loss[0] = difference
                            .square()
                            .sum()
                            .mul(new Scalar((double) outputs.size(0)))
                            .item_double()
                    / 2;
            return difference;
        }

        @Override
        public Tensor curvature(Tensor outputs) {
            return torch.ones_like(outputs).div_(new Scalar((double) outputs.size(0)));
        }
    }
}
