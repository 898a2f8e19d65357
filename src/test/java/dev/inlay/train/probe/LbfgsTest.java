package dev.inlay.train.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LbfgsTest {
    private static double[] ones(int n) {
        double[] ones = new double[n];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** ½ Σ kᵢ (xᵢ − i)² with k from 1 to 10⁵. */
    private static double quadratic(double[] x, double[] gradient) {
        double value = 0;
        for (int i = 0; i < x.length; i++) {
            double k = Math.pow(10, i % 6);
            gradient[i] = k * (x[i] - i);
            value += k * (x[i] - i) * (x[i] - i) / 2;
        }
        return value;
    }

    @Test
    void findsTheMinimumOfAnIllConditionedQuadratic() {
        Lbfgs.Minimum minimum = new Lbfgs(LbfgsTest::quadratic, ones(30)).minimise(new double[30], 1e-9, 500);
        for (int i = 0; i < 30; i++) {
            assertThat(minimum.x()[i]).isCloseTo(i, within(1e-8));
        }
        assertThat(minimum.gradientNorm()).isLessThanOrEqualTo(1e-9);
        assertThat(minimum.value()).isCloseTo(0, within(1e-12));
    }

    @Test
    void theTrueDiagonalTakesOneStep() {
        double[] inverse = new double[30];
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = Math.pow(10, -(i % 6));
        }
        Lbfgs.Minimum minimum = new Lbfgs(LbfgsTest::quadratic, inverse).minimise(new double[30], 1e-6, 500);
        assertThat(minimum.iterations()).isEqualTo(1);
    }

    @Test
    void findsItsWayThroughRosenbrocksValley() {
        Lbfgs.Function rosenbrock = (x, gradient) -> {
            double off = x[1] - x[0] * x[0];
            gradient[0] = -400 * x[0] * off - 2 * (1 - x[0]);
            gradient[1] = 200 * off;
            return 100 * off * off + (1 - x[0]) * (1 - x[0]);
        };
        Lbfgs.Minimum minimum = new Lbfgs(rosenbrock, ones(2)).minimise(new double[] {-1.2, 1}, 1e-9, 200);
        assertThat(minimum.x()).containsExactly(new double[] {1, 1}, within(1e-7));
    }

    @Test
    void stopsAtTheLimitAndSaysWhereItIs() {
        double[] start = new double[30];
        Lbfgs.Minimum minimum = new Lbfgs(LbfgsTest::quadratic, ones(30)).minimise(start, 1e-9, 3);
        double[] gradient = new double[30];
        assertThat(minimum.iterations()).isEqualTo(3);
        assertThat(minimum.value()).isEqualTo(quadratic(minimum.x(), gradient));
        assertThat(minimum.gradientNorm()).isGreaterThan(1e-9);
        assertThat(start).containsOnly(0);
    }

    @Test
    void endsWhereRoundingHidesEveryDescent() {
        Lbfgs.Minimum minimum = new Lbfgs(LbfgsTest::quadratic, ones(30)).minimise(new double[30], 0, 10_000);
        assertThat(minimum.gradientNorm()).isLessThan(1e-6);
        assertThat(minimum.iterations()).isLessThan(10_000);
    }
}
