package dev.inlay.train.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.data.ClassWeights;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.probe.ProbeResult.Trial;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinearProbeTest {
    private PointerScope scope;

    @BeforeEach
    void open() {
        Tensors.of(new float[1], 1).close();
        scope = new PointerScope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    /** Gaussian clouds around a centre per class, on features of very different scales and offsets. */
    private record Clouds(float[][] x, int[] labels, int classes) {
        static Clouds drawn(long seed, int n, int dim, int classes, double noise) {
            Random centres = new Random(7);
            double[][] centre = new double[classes][dim];
            for (double[] c : centre) {
                Arrays.setAll(c, d -> centres.nextGaussian());
            }
            Random random = new Random(seed);
            float[][] x = new float[n][dim];
            int[] labels = new int[n];
            for (int i = 0; i < n; i++) {
                labels[i] = random.nextInt(classes);
                for (int d = 0; d < dim; d++) {
                    double standard = centre[labels[i]][d] + noise * random.nextGaussian();
                    x[i][d] = (float) (standard * Math.pow(10, d % 4 - 2) + d);
                }
            }
            return new Clouds(x, labels, classes);
        }

        Clouds and(Clouds others) {
            float[][] both = Arrays.copyOf(x, x.length + others.x.length);
            System.arraycopy(others.x, 0, both, x.length, others.x.length);
            int[] bothLabels = Arrays.copyOf(labels, both.length);
            System.arraycopy(others.labels, 0, bothLabels, x.length, others.x.length);
            return new Clouds(both, bothLabels, classes);
        }

        LabelledFeatures features() {
            float[] flat = new float[x.length * x[0].length];
            for (int i = 0; i < x.length; i++) {
                System.arraycopy(x[i], 0, flat, i * x[0].length, x[0].length);
            }
            return new LabelledFeatures(Tensors.of(flat, x.length, x[0].length), labels, classes);
        }

        /** (mean, deviation) by feature. */
        double[][] moments() {
            int dim = x[0].length;
            double[][] moments = new double[2][dim];
            for (int d = 0; d < dim; d++) {
                for (float[] row : x) {
                    moments[0][d] += (double) row[d] / x.length;
                }
                for (float[] row : x) {
                    moments[1][d] += Math.pow(row[d] - moments[0][d], 2) / x.length;
                }
                moments[1][d] = Math.sqrt(moments[1][d]);
            }
            return moments;
        }

        double[][] standardised() {
            double[][] moments = moments();
            double[][] z = new double[x.length][x[0].length];
            for (int i = 0; i < x.length; i++) {
                for (int d = 0; d < z[i].length; d++) {
                    z[i][d] = (x[i][d] - moments[0][d]) / moments[1][d];
                }
            }
            return z;
        }

        /** The norm of the gradient of the objective, by its definition, at a head on plain features. */
        double gradientNorm(double[] weight, double[] bias, double strength) {
            return gradientNorm(weight, bias, strength, new double[] {1, 1, 1, 1, 1, 1, 1, 1});
        }

        /**
         * @param byClass the weight of each class, to be scaled to a mean of 1 over the examples
         */
        double gradientNorm(double[] weight, double[] bias, double strength, double[] byClass) {
            double mean = Arrays.stream(labels)
                    .mapToDouble(label -> byClass[label])
                    .average()
                    .orElseThrow();
            double[][] moments = moments();
            double[][] z = standardised();
            int dim = z[0].length;
            double[] byWeight = new double[weight.length];
            double[] byBias = new double[bias.length];
            for (int k = 0; k < weight.length; k++) {
                byWeight[k] = strength * weight[k] * moments[1][k % dim];
            }
            for (int i = 0; i < z.length; i++) {
                double[] p = new double[classes];
                double sum = 0;
                for (int c = 0; c < classes; c++) {
                    double logit = bias[c];
                    for (int d = 0; d < dim; d++) {
                        logit += weight[c * dim + d] * x[i][d];
                    }
                    p[c] = Math.exp(logit);
                    sum += p[c];
                }
                for (int c = 0; c < classes; c++) {
                    double off = byClass[labels[i]] / mean * (p[c] / sum - (c == labels[i] ? 1 : 0)) / z.length;
                    byBias[c] += off;
                    for (int d = 0; d < dim; d++) {
                        byWeight[c * dim + d] += off * z[i][d];
                    }
                }
            }
            double squares = Arrays.stream(byWeight).map(g -> g * g).sum();
            return Math.sqrt(squares + Arrays.stream(byBias).map(g -> g * g).sum());
        }
    }

    private static double[] widened(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }

    @Test
    void theGradientVanishesAtTheSolutionOnBothSplitsTogether() {
        Clouds train = Clouds.drawn(1, 60, 9, 4, 1.5);
        Clouds validation = Clouds.drawn(2, 25, 9, 4, 1.5);
        ProbeResult result = LinearProbe.DEFAULT.fit(train.features(), validation.features());
        Clouds both = train.and(validation);
        double atZero = both.gradientNorm(new double[36], new double[4], result.strength());
        double atSolution = both.gradientNorm(
                widened(result.head().weight()), widened(result.head().bias()), result.strength());
        // the head is rounded to float32, its offsets up to 8 of 1e-2 deviations
        assertThat(atSolution).isLessThan(1.5e-5 * atZero);
        assertThat(result.convergence().converged()).isTrue();
        assertThat(result.convergence().relativeGradient()).isLessThanOrEqualTo(1e-5);
        assertThat(result.trials()).allMatch(trial -> trial.convergence().converged());
    }

    @Test
    void theGradientOfTheWeightedLossVanishesAtItsSolution() {
        Clouds train = Clouds.drawn(1, 60, 9, 4, 1.5);
        Clouds validation = Clouds.drawn(2, 25, 9, 4, 1.5);
        double[] weights = {0.3, 1, 4, 0.7};
        ProbeResult result = LinearProbe.DEFAULT
                .weighted(examples -> Arrays.stream(weights).boxed().toList())
                .fit(train.features(), validation.features());
        Clouds both = train.and(validation);
        double[] weight = widened(result.head().weight());
        double[] bias = widened(result.head().bias());
        double atZero = both.gradientNorm(new double[36], new double[4], result.strength(), weights);
        assertThat(both.gradientNorm(weight, bias, result.strength(), weights)).isLessThan(1.5e-5 * atZero);
        assertThat(both.gradientNorm(weight, bias, result.strength())).isGreaterThan(1e-2 * atZero);
    }

    @Test
    void equalsNewtonsSolutionOfTheBinaryProblem() {
        Clouds train = Clouds.drawn(3, 30, 3, 2, 2);
        Clouds validation = Clouds.drawn(4, 11, 3, 2, 2);
        double strength = 0.02;
        LinearProbe probe = new LinearProbe(List.of(strength), 1e-11, 500);
        LinearHead head = probe.fit(train.features(), validation.features()).head();

        Clouds both = train.and(validation);
        double[] expected = newton(both.standardised(), both.labels(), strength / 2);
        double[][] moments = both.moments();
        double intercept = expected[3];
        for (int d = 0; d < 3; d++) {
            double w = expected[d] / moments[1][d];
            intercept -= w * moments[0][d];
            assertThat((double) head.weight()[3 + d] - head.weight()[d]).isCloseTo(w, within(1e-6 * Math.abs(w)));
            assertThat((double) head.weight()[3 + d] + head.weight()[d]).isCloseTo(0, within(1e-6 * Math.abs(w)));
        }
        assertThat((double) head.bias()[1] - head.bias()[0]).isCloseTo(intercept, within(1e-5 * Math.abs(intercept)));
    }

    /** Minimises the mean of log(1 + exp(∓(w z + b))) plus decay/2 ‖w‖²; returns (w, b). */
    private static double[] newton(double[][] z, int[] labels, double decay) {
        int n = z[0].length + 1;
        double[] w = new double[n];
        for (int iteration = 0; iteration < 30; iteration++) {
            double[][] system = new double[n][n + 1];
            for (int d = 0; d < n - 1; d++) {
                system[d][d] = decay;
                system[d][n] = -decay * w[d];
            }
            for (int i = 0; i < z.length; i++) {
                double[] row = Arrays.copyOf(z[i], n);
                row[n - 1] = 1;
                double logit = 0;
                for (int d = 0; d < n; d++) {
                    logit += w[d] * row[d];
                }
                double p = 1 / (1 + Math.exp(-logit));
                for (int a = 0; a < n; a++) {
                    system[a][n] -= (p - labels[i]) * row[a] / z.length;
                    for (int b = 0; b < n; b++) {
                        system[a][b] += p * (1 - p) * row[a] * row[b] / z.length;
                    }
                }
            }
            double[] step = eliminate(system);
            for (int d = 0; d < n; d++) {
                w[d] += step[d];
            }
        }
        return w;
    }

    private static double[] eliminate(double[][] system) {
        int n = system.length;
        for (int k = 0; k < n; k++) {
            for (int r = 0; r < n; r++) {
                double factor = r == k ? 0 : system[r][k] / system[k][k];
                for (int c = k; c <= n; c++) {
                    system[r][c] -= factor * system[k][c];
                }
            }
        }
        double[] x = new double[n];
        Arrays.setAll(x, i -> system[i][n] / system[i][i]);
        return x;
    }

    @Test
    void strongerOfEquallyGoodStrengthsWins() {
        Clouds train = Clouds.drawn(1, 80, 6, 3, 0.05);
        Clouds validation = Clouds.drawn(2, 40, 6, 3, 0.05);
        ProbeResult result =
                new LinearProbe(List.of(0.5, 0.1, 0.01), 1e-5, 100).fit(train.features(), validation.features());
        assertThat(result.trials()).extracting(Trial::validationTop1).containsOnly(1.0);
        assertThat(result.strength()).isEqualTo(0.5);
        assertThat(result.head()
                        .evaluate(Clouds.drawn(3, 50, 6, 3, 0.05).features())
                        .score())
                .isEqualTo(1);
    }

    @Test
    void choosesTheStrengthThatIsBestOnValidation() {
        Clouds train = Clouds.drawn(1, 200, 40, 8, 2.5);
        Clouds validation = Clouds.drawn(2, 200, 40, 8, 2.5);
        ProbeResult result = LinearProbe.DEFAULT.fit(train.features(), validation.features());
        List<Trial> trials = result.trials();
        double best = trials.stream().mapToDouble(Trial::validationTop1).max().orElseThrow();
        Trial first = trials.stream()
                .filter(trial -> trial.validationTop1() == best)
                .findFirst()
                .orElseThrow();
        assertThat(result.strength()).isEqualTo(first.strength());
        assertThat(trials.get(trials.size() - 1).validationTop1()).isLessThan(best);
        assertThat(trials).extracting(Trial::strength).isEqualTo(LinearProbe.DEFAULT.strengths());
        assertThat(trials).hasSizeGreaterThanOrEqualTo(8);
    }

    @Test
    void manyMoreFeaturesThanExamplesAreNoProblem() {
        Clouds train = Clouds.drawn(1, 30, 100, 3, 3);
        Clouds validation = Clouds.drawn(2, 30, 100, 3, 3);
        ProbeResult result = LinearProbe.DEFAULT.fit(train.features(), validation.features());
        Clouds both = train.and(validation);
        double atZero = both.gradientNorm(new double[300], new double[3], result.strength());
        assertThat(both.gradientNorm(
                        widened(result.head().weight()), widened(result.head().bias()), result.strength()))
                .isLessThan(1e-4 * atZero);
    }

    @Test
    void equalInputsGiveEqualHeads() {
        Clouds train = Clouds.drawn(1, 60, 9, 4, 1.5);
        Clouds validation = Clouds.drawn(2, 25, 9, 4, 1.5);
        ProbeResult one = LinearProbe.DEFAULT.fit(train.features(), validation.features());
        ProbeResult two = LinearProbe.DEFAULT.fit(train.features(), validation.features());
        assertThat(one.head().weight()).isEqualTo(two.head().weight());
        assertThat(one.head().bias()).isEqualTo(two.head().bias());
        assertThat(one.trials()).isEqualTo(two.trials());
    }

    @Test
    void aConstantFeatureHasNoWeight() {
        Clouds train = Clouds.drawn(1, 60, 3, 2, 1);
        Clouds validation = Clouds.drawn(2, 20, 3, 2, 1);
        for (float[][] x : List.of(train.x(), validation.x())) {
            for (float[] row : x) {
                row[1] = 0.1f;
            }
        }
        LinearHead head =
                LinearProbe.DEFAULT.fit(train.features(), validation.features()).head();
        assertThat(head.weight()[1]).isZero();
        assertThat(head.weight()[4]).isZero();
        assertThat(head.weight()[0]).isNotZero();
    }

    @Test
    void withoutAnyInformationItPredictsTheFrequencies() {
        int[] labels = {0, 0, 0, 0, 0, 0, 1, 1};
        LabelledFeatures data = new LabelledFeatures(Tensors.of(new float[16], 8, 2), labels, 2);
        LinearHead head = LinearProbe.DEFAULT.fit(data, data).head();
        assertThat(head.weight()).containsOnly(0);
        assertThat((double) head.bias()[0] - head.bias()[1]).isCloseTo(Math.log(3), within(1e-4));
        assertThat(head.evaluate(data).score()).isEqualTo(0.75);
        LinearHead weighted = LinearProbe.DEFAULT
                .weighted(examples -> List.of(1.0, 1.5))
                .fit(data, data)
                .head();
        assertThat((double) weighted.bias()[0] - weighted.bias()[1]).isCloseTo(Math.log(2), within(1e-4));
    }

    /** 8 and 2 examples to train on, 2 and 4 for validation. */
    @Test
    void theFitToBothSplitsBalancesBoth() {
        LabelledFeatures train =
                new LabelledFeatures(Tensors.of(new float[20], 10, 2), new int[] {0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, 2);
        LabelledFeatures validation =
                new LabelledFeatures(Tensors.of(new float[12], 6, 2), new int[] {0, 0, 1, 1, 1, 1}, 2);
        ProbeResult result = LinearProbe.DEFAULT
                .weighted(examples -> ClassWeights.BALANCED.over(List.of("a", "b"), examples))
                .fit(train, validation);
        for (LinearHead head : List.of(result.head(), result.trainHead())) {
            assertThat((double) head.bias()[0] - head.bias()[1]).isCloseTo(0, within(1e-4));
        }
    }

    @Test
    void saysWhenItWasStoppedBeforeItConverged() {
        Clouds train = Clouds.drawn(1, 60, 9, 4, 1.5);
        ProbeResult result = new LinearProbe(List.of(1e-4), 1e-9, 2).fit(train.features(), train.features());
        assertThat(result.convergence().converged()).isFalse();
        assertThat(result.convergence().iterations()).isEqualTo(2);
        assertThat(result.convergence().relativeGradient()).isGreaterThan(1e-9);
    }

    @Test
    void refusesDataThatCannotBeFitted() {
        assertThatThrownBy(() ->
                        new LabelledFeatures(Tensors.of(new float[] {1, 2, 3, Float.NaN}, 2, 2), new int[] {0, 0}, 1))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("example 1: a feature is not a finite number");
        assertThatThrownBy(() -> new LabelledFeatures(Tensors.of(new float[2], 1, 2), new int[] {3}, 3))
                .isInstanceOf(DataException.class)
                .hasMessage("example 0: expected a label from 0 to 2, found 3");
        assertThatThrownBy(() -> new LabelledFeatures(Tensors.of(new float[2], 1, 2), new int[] {0, 0}, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("features: expected shape [2, D], found [1, 2]");
        Clouds three = Clouds.drawn(1, 5, 3, 2, 1);
        Clouds four = Clouds.drawn(1, 5, 4, 2, 1);
        assertThatThrownBy(() -> LinearProbe.DEFAULT.fit(three.features(), four.features()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("expected 3 features and 2 classes");
    }

    @Test
    void refusesSettingsOutOfRange() {
        assertThatThrownBy(() -> new LinearProbe(List.of(1.0, 1.0), 1e-5, 10))
                .isInstanceOf(ConfigException.class)
                .hasMessage("strengths: expected falling numbers above 0, found [1.0, 1.0]");
        assertThatThrownBy(() -> new LinearProbe(List.of(), 1e-5, 10)).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> new LinearProbe(List.of(1.0), 0, 10)).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> new LinearProbe(List.of(1.0), 1e-5, 0)).isInstanceOf(ConfigException.class);
    }
}
