package dev.inlay.train.probe;

import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Multinomial logistic regression on standardised features z = (x − mean) / deviation:
 *
 * <pre>
 * f(U, c) = 1/N Σₙ −log softmax(U zₙ + c)[labelₙ] + λ/2 ‖U‖²
 * </pre>
 *
 * in double precision. It is solved in the coordinates of the principal components of z, of which there are R &lt; N. That
 * changes neither f nor the norm of its gradient, because the penalty knows no direction; but there the Hessian is nearly
 * diagonal, and known: about (1/C)(1 − 1/C) times the component's variance, plus λ. Its tensors belong to the scope
 * around the constructor; called without autograd.
 */
final class SoftmaxRegression {
    /** A feature or component of less than this deviation, relative to the largest, is constant but for rounding. */
    private static final double RELATIVE_ROUNDING = 1e-7;

    private final int examples;
    private final int classes;
    private final int components;
    private final double[] variances;
    private final double startGradientNorm;

    private final Tensor mean; // (D)
    private final Tensor inverseDeviation; // (D), 0 for a constant feature
    private final Tensor basis; // (D, R)
    private final Tensor projected; // (N, R)
    private final Tensor targets; // (N, C), one-hot

    /** A solution for one λ: the point in the solver's coordinates, and how well it was solved. */
    record Solution(double[] point, Convergence convergence) {}

    SoftmaxRegression(LabelledFeatures data) {
        examples = data.size();
        classes = data.classes();
        Tensor x = data.features().detach().to(ScalarType.Double);
        mean = x.mean(0);
        Tensor deviation = x.sub(mean).square().mean(0).sqrt();
        Tensor varies = deviation.gt(x.abs().max().mul(new Scalar(RELATIVE_ROUNDING)));
        inverseDeviation = deviation.reciprocal().where(varies, new Scalar(0.0));
        Tensor z = x.sub(mean).mul(inverseDeviation);

        T_TensorTensor_T eigen = torch.linalg_eigh(z.t().mm(z).div(new Scalar((double) examples)));
        double[] ascending = Tensors.doubles(eigen.get0());
        int first = firstAbove(ascending, ascending[ascending.length - 1] * RELATIVE_ROUNDING * RELATIVE_ROUNDING);
        components = ascending.length - first;
        variances = Arrays.copyOfRange(ascending, first, ascending.length);
        basis = eigen.get1().narrow(1, first, components).contiguous();
        projected = z.mm(basis);
        targets = torch.one_hot(Tensors.indices(data.labels()), classes).to(ScalarType.Double);
        double[] gradient = new double[size()];
        evaluate(start(), gradient, 0);
        startGradientNorm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
    }

    private static int firstAbove(double[] ascending, double bound) {
        int first = 0;
        while (first < ascending.length && !(ascending[first] > bound)) {
            first++;
        }
        return first;
    }

    /** All weights and biases zero. */
    double[] start() {
        return new double[size()];
    }

    /**
     * @param strength λ, above 0
     * @param tolerance of the gradient's norm, relative to that at {@link #start}
     */
    Solution solve(double[] start, double strength, double tolerance, int maxIterations) {
        Lbfgs lbfgs = new Lbfgs((x, gradient) -> evaluate(x, gradient, strength), inverseCurvature(strength));
        double goal = tolerance * startGradientNorm;
        Lbfgs.Minimum minimum = lbfgs.minimise(start, goal, maxIterations);
        double relative = startGradientNorm == 0 ? 0 : minimum.gradientNorm() / startGradientNorm;
        return new Solution(
                minimum.x(), new Convergence(minimum.iterations(), relative, minimum.gradientNorm() <= goal));
    }

    /** The same classifier on plain features: W = U Vᵀ / deviation, b = c − W mean. */
    LinearHead head(Solution solution) {
        try (PointerScope scope = new PointerScope()) {
            Tensor w = weights(solution.point).mm(basis.t()).mul(inverseDeviation);
            Tensor b = biases(solution.point).sub(w.mv(mean));
            return new LinearHead(Tensors.floats(w), Tensors.floats(b));
        }
    }

    private int size() {
        return classes * (components + 1);
    }

    private Tensor weights(double[] point) {
        return Tensors.of(Arrays.copyOf(point, classes * components), classes, components);
    }

    private Tensor biases(double[] point) {
        return Tensors.of(Arrays.copyOfRange(point, classes * components, point.length), classes);
    }

    private double evaluate(double[] point, double[] gradient, double strength) {
        try (PointerScope scope = new PointerScope()) {
            Tensor u = weights(point);
            Tensor logProbabilities = torch.log_softmax(torch.addmm(biases(point), projected, u.t()), 1);
            double loss = -logProbabilities.mul(targets).sum().item_double() / examples;
            double penalty = strength / 2 * u.square().sum().item_double();

            Tensor byLogit = logProbabilities.exp().sub_(targets).div_(new Scalar((double) examples)); // (N, C)
            Tensor byWeight = byLogit.t().mm(projected).add_(u, new Scalar(strength));
            System.arraycopy(Tensors.doubles(byWeight), 0, gradient, 0, classes * components);
            System.arraycopy(Tensors.doubles(byLogit.sum(0)), 0, gradient, classes * components, classes);
            return loss + penalty;
        }
    }

    private double[] inverseCurvature(double strength) {
        double confidence = (1.0 / classes) * (1 - 1.0 / classes);
        double[] inverse = new double[size()];
        for (int c = 0; c < classes; c++) {
            for (int r = 0; r < components; r++) {
                inverse[c * components + r] = 1 / (confidence * variances[r] + strength);
            }
            inverse[classes * components + c] = 1 / Math.max(confidence, strength);
        }
        return inverse;
    }
}
