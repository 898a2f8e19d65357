package dev.inlay.train.probe;

import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A linear probe of standardised features z:
 *
 * <pre>
 * f(U, c) = 1/N Σₙ loss(U zₙ + c, targetₙ) + λ/2 ‖U‖²
 * </pre>
 *
 * in double precision, with the {@link PointLoss} of its labels: multinomial logistic regression where each image has one class.
 * It is solved along the principal components of z: that changes neither f nor the norm of its
 * gradient, since the penalty knows no direction, but there the Hessian is nearly diagonal. Its tensors belong to the
 * scope around the constructor; called without autograd.
 */
final class PenalisedRegression {
    /** Below this, the curvature at one point says nothing about the curvature nearby. */
    private static final double MIN_CURVATURE = 1e-9;

    private final int classes;
    private final int columns;
    private final PrincipalComponents components;
    private final Tensor design; // (N, R + 1): the coordinates and a column of ones
    private final PointLoss loss;
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
    PenalisedRegression(LabelledFeatures data, List<Double> classWeights) {
        classes = data.labels().size();
        components = new PrincipalComponents(data.features());
        Tensor ones =
                torch.ones(new long[] {data.size(), 1}, components.coordinates().options());
        design = Tensors.cat(List.of(components.coordinates(), ones), 1);
        columns = Math.toIntExact(design.size(1));
        loss = PointLoss.of(data, classWeights);
        double[] penalties = new double[columns];
        Arrays.fill(penalties, 0, columns - 1, 1);
        penalised = Tensors.of(penalties, columns);
        zero = new double[classes * columns];
        double[] gradient = new double[zero.length];
        evaluate(zero, gradient, 0);
        zeroGradientNorm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
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
            Tensor decay = u.mul(penalised).mul_(new Scalar(strength)); // (C, R + 1)
            double penalty = decay.mul(u).sum().item_double() / 2;
            double[] value = new double[1];
            Tensor residual = loss.derivative(design.mm(u.t()), value);
            double[] values = Tensors.doubles(residual.t().mm(design).add_(decay));
            System.arraycopy(values, 0, gradient, 0, values.length);
            return value[0] + penalty;
        }
    }

    /** One over the diagonal of the Hessian at {@code point}. */
    private double[] inverseCurvature(double[] point, double strength) {
        try (PointerScope scope = new PointerScope()) {
            Tensor byLogit = loss.curvature(design.mm(matrix(point).t())); // (N, C)
            Tensor diagonal = byLogit.t().mm(design.square()).add_(penalised.mul(new Scalar(strength)));
            return Tensors.doubles(diagonal.add_(new Scalar(MIN_CURVATURE)).reciprocal_());
        }
    }
}
