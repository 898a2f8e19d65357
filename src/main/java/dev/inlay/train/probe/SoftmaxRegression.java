package dev.inlay.train.probe;

import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Multinomial logistic regression on standardised features z:
 *
 * <pre>
 * f(U, c) = 1/N Σₙ wₙ −log softmax(U zₙ + c)[labelₙ] + λ/2 ‖U‖²
 * </pre>
 *
 * in double precision; the mean of wₙ, the weight of the class of example n, is 1. It is solved along the principal components of z: that changes neither f nor the norm of its
 * gradient, since the penalty knows no direction, but there the Hessian is nearly diagonal. Its tensors belong to the
 * scope around the constructor; called without autograd.
 */
final class SoftmaxRegression {
    /** Below this, the curvature at one point says nothing about the curvature nearby. */
    private static final double MIN_CURVATURE = 1e-9;

    private final int classes;
    private final int columns;
    private final PrincipalComponents components;
    private final Tensor design; // (N, R + 1): the coordinates and a column of ones
    private final Tensor weights; // (N, 1)
    private final Tensor targets; // (N, C), one-hot, times weight, divided by N
    private final Tensor penalised; // (R + 1): 1, but 0 for the bias
    private final double[] zero;
    private final double zeroGradientNorm;

    /**
     * A solution for one λ.
     *
     * @param point (C, R + 1) row by row, the bias last
     */
    record Solution(double[] point, Convergence convergence) {}

    /**
     * @param classWeights by label; empty where all are 1
     */
    SoftmaxRegression(LabelledFeatures data, List<Double> classWeights) {
        classes = data.labels().size();
        components = new PrincipalComponents(data.features());
        Tensor ones =
                torch.ones(new long[] {data.size(), 1}, components.coordinates().options());
        design = Tensors.cat(List.of(components.coordinates(), ones), 1);
        columns = Math.toIntExact(design.size(1));
        weights = Tensors.of(weights(data.classes(), classWeights), data.size(), 1);
        targets = torch.one_hot(Tensors.indices(data.classes()), classes)
                .to(ScalarType.Double)
                .mul(weights)
                .div(new Scalar((double) data.size()));
        double[] penalties = new double[columns];
        Arrays.fill(penalties, 0, columns - 1, 1);
        penalised = Tensors.of(penalties, columns);
        zero = new double[classes * columns];
        double[] gradient = new double[zero.length];
        evaluate(zero, gradient, 0);
        zeroGradientNorm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
    }

    /** The weight of each example; their mean is 1. */
    private static double[] weights(int[] labels, List<Double> classWeights) {
        double[] weights = Arrays.stream(labels)
                .mapToDouble(label -> classWeights.isEmpty() ? 1 : classWeights.get(label))
                .toArray();
        double mean = Arrays.stream(weights).average().orElseThrow();
        return Arrays.stream(weights).map(weight -> weight / mean).toArray();
    }

    /** All weights and biases zero. */
    double[] zero() {
        return zero;
    }

    /**
     * @param strength λ, above 0
     * @param tolerance of the gradient's norm, relative to that at {@link #zero}
     */
    Solution solve(double[] start, double strength, double tolerance, int maxIterations) {
        Lbfgs lbfgs = new Lbfgs((x, gradient) -> evaluate(x, gradient, strength), inverseCurvature(start, strength));
        double goal = tolerance * zeroGradientNorm;
        Lbfgs.Minimum minimum = lbfgs.minimise(start, goal, maxIterations);
        double relative = zeroGradientNorm == 0 ? 0 : minimum.gradientNorm() / zeroGradientNorm;
        return new Solution(
                minimum.x(), new Convergence(minimum.iterations(), relative, minimum.gradientNorm() <= goal));
    }

    /** The same classifier on plain features. */
    LinearHead head(Solution solution) {
        try (PointerScope scope = new PointerScope()) {
            return components.head(matrix(solution.point));
        }
    }

    /** The point that stands for a classifier on plain features. */
    double[] point(LinearHead head) {
        try (PointerScope scope = new PointerScope()) {
            return Tensors.doubles(components.classifier(head));
        }
    }

    private Tensor matrix(double[] point) {
        return Tensors.of(point, classes, columns);
    }

    private double evaluate(double[] point, double[] gradient, double strength) {
        try (PointerScope scope = new PointerScope()) {
            Tensor u = matrix(point);
            Tensor logProbabilities = torch.log_softmax(design.mm(u.t()), 1); // (N, C)
            Tensor decay = u.mul(penalised).mul_(new Scalar(strength)); // (C, R + 1)
            double loss = -logProbabilities.mul(targets).sum().item_double();
            double penalty = decay.mul(u).sum().item_double() / 2;
            Tensor residual = logProbabilities
                    .exp_()
                    .mul_(weights)
                    .div_(new Scalar((double) design.size(0)))
                    .sub_(targets);
            double[] values = Tensors.doubles(residual.t().mm(design).add_(decay));
            System.arraycopy(values, 0, gradient, 0, values.length);
            return loss + penalty;
        }
    }

    /** One over the diagonal of the Hessian at {@code point}. */
    private double[] inverseCurvature(double[] point, double strength) {
        try (PointerScope scope = new PointerScope()) {
            Tensor p = torch.log_softmax(design.mm(matrix(point).t()), 1).exp_();
            Tensor byLogit = p.sub(p.square()).mul_(weights).div_(new Scalar((double) design.size(0))); // (N, C)
            Tensor diagonal = byLogit.t().mm(design.square()).add_(penalised.mul(new Scalar(strength)));
            return Tensors.doubles(diagonal.add_(new Scalar(MIN_CURVATURE)).reciprocal_());
        }
    }
}
