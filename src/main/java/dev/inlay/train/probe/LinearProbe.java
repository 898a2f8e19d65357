package dev.inlay.train.probe;

import dev.inlay.data.LabelSpace;
import dev.inlay.error.ConfigException;
import dev.inlay.train.probe.ProbeResult.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * An honest linear probe: multinomial logistic regression on frozen, standardised features (of sets of classes, a logistic
 * regression for each; of numbers, a ridge regression for each, on standardised targets),
 *
 * <pre>
 * 1/N Σₙ wₙ −log softmax(U zₙ + c)[labelₙ] + λ/2 ‖U‖²,
 * </pre>
 *
 * solved to convergence by L-BFGS for every λ, each from the solution of the one before; λ chosen by the score on validation,
 * the stronger of equals; then fitted again to training and validation examples together. The standardisation is folded
 * into the head. Equal inputs on equal machines and threads give equal heads.
 *
 * @param strengths the λ to try, each above 0, strongest first
 * @param tolerance a solution is one where the norm of the gradient is at most this part of its norm where all weights
 *     are zero; in (0, 1)
 * @param maxIterations line searches per λ, at least 1; a solution stopped by it is reported as not converged
 * @param classWeights from the number of examples of each class to the weight of each, by label and above 0, scaled so that the
 *     mean of wₙ is 1; to an empty list where every wₙ is 1. The fit to both splits has the weights of both
 */
public record LinearProbe(
        List<Double> strengths, double tolerance, int maxIterations, Function<long[], List<Double>> classWeights) {
    /** Thirteen strengths from 10 to 1e-5, to a gradient of 1e-5. */
    public static final LinearProbe DEFAULT = new LinearProbe(
            IntStream.rangeClosed(0, 12)
                    .mapToObj(i -> Math.pow(10, 1 - i / 2.0))
                    .toList(),
            1e-5,
            1_000);

    private static final int HELD_OUT = 10;

    /**
     * @throws ConfigException if a number is outside its range or the strengths do not fall
     */
    public LinearProbe {
        strengths = List.copyOf(strengths);
        if (strengths.isEmpty()) {
            throw new ConfigException("strengths: expected at least one, found none");
        }
        double before = Double.POSITIVE_INFINITY;
        for (double strength : strengths) {
            if (!(strength > 0 && strength < before)) {
                throw new ConfigException("strengths: expected falling numbers above 0, found " + strengths);
            }
            before = strength;
        }
        if (!(tolerance > 0 && tolerance < 1)) {
            throw new ConfigException("tolerance: expected a number between 0 and 1, found " + tolerance);
        }
        if (maxIterations < 1) {
            throw new ConfigException("maxIterations: expected at least 1, found " + maxIterations);
        }
    }

    /**
     * A probe of which all examples count alike.
     *
     * @throws ConfigException if a number is outside its range or the strengths do not fall
     */
    public LinearProbe(List<Double> strengths, double tolerance, int maxIterations) {
        this(strengths, tolerance, maxIterations, examples -> List.of());
    }

    /** This probe with other weights. */
    public LinearProbe weighted(Function<long[], List<Double>> weights) {
        return new LinearProbe(strengths, tolerance, maxIterations, weights);
    }

    /**
     * Chooses λ on {@code validation} and fits to both.
     *
     * @throws IllegalArgumentException if the two differ in features or classes
     */
    public ProbeResult fit(LabelledFeatures train, LabelledFeatures validation) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            LabelledFeatures both = train.with(validation);
            List<Candidate> path = path(train, validation);
            Candidate chosen = path.get(0);
            for (Candidate candidate : path) {
                if (candidate.trial.validationTop1() > chosen.trial.validationTop1()) {
                    chosen = candidate;
                }
            }
            double strength = chosen.trial.strength();
            PenalisedRegression regression = regression(both);
            PenalisedRegression.Solution solution = solve(regression, regression.point(chosen.head), strength);
            List<Trial> trials = path.stream().map(Candidate::trial).toList();
            return new ProbeResult(regression.head(solution), chosen.head, strength, solution.convergence(), trials);
        }
    }

    /**
     * Chooses λ on every tenth of the training examples, then fits to all of them; with fewer than twenty examples the strongest
     * λ is taken that no other beats on the examples themselves.
     */
    public LinearHead fit(LabelledFeatures train) {
        if (train.size() < 2 * HELD_OUT) {
            return fit(train, train).trainHead();
        }
        try (PointerScope scope = new PointerScope()) {
            return fit(train.rows(i -> i % HELD_OUT != 0), train.rows(i -> i % HELD_OUT == 0))
                    .head();
        }
    }

    private record Candidate(Trial trial, LinearHead head) {}

    private List<Candidate> path(LabelledFeatures train, LabelledFeatures validation) {
        try (PointerScope scope = new PointerScope()) {
            PenalisedRegression regression = regression(train);
            List<Candidate> path = new ArrayList<>();
            double[] point = regression.zero();
            for (double strength : strengths) {
                PenalisedRegression.Solution solution = solve(regression, point, strength);
                LinearHead head = regression.head(solution);
                double top1 = head.evaluate(validation).score();
                path.add(new Candidate(new Trial(strength, top1, solution.convergence()), head));
                point = solution.point();
            }
            return path;
        }
    }

    private PenalisedRegression regression(LabelledFeatures data) {
        return new PenalisedRegression(
                data,
                data.labels().kind() == LabelSpace.Kind.SINGLE
                        ? classWeights.apply(data.examplesByClass())
                        : List.of());
    }

    private PenalisedRegression.Solution solve(PenalisedRegression regression, double[] start, double strength) {
        return regression.solve(start, strength, tolerance, maxIterations);
    }
}
