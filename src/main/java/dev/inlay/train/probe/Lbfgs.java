package dev.inlay.train.probe;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Minimises a smooth convex function by limited-memory BFGS (Nocedal and Wright, "Numerical optimization", 2006, algorithm
 * 7.4) with a bisecting line search for the weak Wolfe conditions (Lewis and Overton, 2013, algorithm 2.6). Deterministic.
 */
final class Lbfgs {
    private static final int MEMORY = 10;
    private static final int LINE_SEARCH_LIMIT = 60;
    private static final double DECREASE = 1e-4;
    private static final double CURVATURE = 0.9;
    /** Rounding of the function's value, relative. */
    private static final double ROUNDING = 1e-14;

    private final Function function;
    private final double[] inverseCurvature;
    private final Deque<Correction> corrections = new ArrayDeque<>();

    /** A function with its gradient. */
    interface Function {
        /**
         * @param gradient is filled
         * @return the value at {@code x}
         */
        double evaluate(double[] x, double[] gradient);
    }

    /**
     * Where the search ended.
     *
     * @param x the point
     * @param value the function there
     * @param gradientNorm the Euclidean norm of its gradient there
     * @param iterations line searches made
     */
    record Minimum(double[] x, double value, double gradientNorm, int iterations) {}

    /** How the gradient changed over a step. */
    private record Correction(double[] step, double[] change, double product) {}

    /**
     * @param inverseCurvature a guess at the diagonal of the inverse Hessian, rather too small than too large; above 0
     */
    Lbfgs(Function function, double[] inverseCurvature) {
        this.function = function;
        this.inverseCurvature = inverseCurvature;
    }

    /**
     * @param tolerance stop when the gradient's norm is at most this
     * @param maxIterations stop after so many line searches
     */
    Minimum minimise(double[] start, double tolerance, int maxIterations) {
        Point here = at(start.clone());
        int iteration = 0;
        while (here.norm() > tolerance && iteration < maxIterations) {
            Point next = search(here, direction(here.gradient));
            if (next == null) {
                break;
            }
            remember(here, next);
            here = next;
            iteration++;
        }
        return new Minimum(here.x, here.value, here.norm(), iteration);
    }

    private record Point(double[] x, double value, double[] gradient) {
        double norm() {
            return Math.sqrt(dot(gradient, gradient));
        }
    }

    private Point at(double[] x) {
        double[] gradient = new double[x.length];
        return new Point(x, function.evaluate(x, gradient), gradient);
    }

    /** A point along {@code direction} that satisfies the weak Wolfe conditions; null if rounding hides them all. */
    private Point search(Point from, double[] direction) {
        double slope = dot(from.gradient, direction);
        double slack = ROUNDING * Math.abs(from.value);
        double low = 0;
        double high = Double.POSITIVE_INFINITY;
        double t = 1;
        for (int i = 0; i < LINE_SEARCH_LIMIT; i++) {
            Point to = at(sum(from.x, t, direction));
            if (!(to.value <= from.value + DECREASE * t * slope + slack)) {
                high = t;
            } else if (dot(to.gradient, direction) < CURVATURE * slope) {
                low = t;
            } else {
                return to;
            }
            t = high < Double.POSITIVE_INFINITY ? (low + high) / 2 : 2 * t;
        }
        return null;
    }

    /** Minus the inverse Hessian's estimate times {@code gradient}, by the two-loop recursion. */
    private double[] direction(double[] gradient) {
        double[] q = gradient.clone();
        double[] weights = new double[corrections.size()];
        int k = 0;
        for (Correction c : corrections) {
            weights[k] = dot(c.step, q) / c.product;
            add(q, -weights[k++], c.change);
        }
        double scale = corrections.isEmpty() ? 1 : scale(corrections.getFirst());
        for (int i = 0; i < q.length; i++) {
            q[i] *= -scale * inverseCurvature[i];
        }
        for (Iterator<Correction> oldestFirst = corrections.descendingIterator(); oldestFirst.hasNext(); ) {
            Correction c = oldestFirst.next();
            add(q, -weights[--k] - dot(c.change, q) / c.product, c.step);
        }
        return q;
    }

    /** The factor that makes the diagonal agree with the newest correction. */
    private double scale(Correction newest) {
        double sum = 0;
        for (int i = 0; i < inverseCurvature.length; i++) {
            sum += newest.change[i] * inverseCurvature[i] * newest.change[i];
        }
        return newest.product / sum;
    }

    private void remember(Point from, Point to) {
        double[] step = sum(to.x, -1, from.x);
        double[] change = sum(to.gradient, -1, from.gradient);
        double product = dot(step, change);
        if (product > 0) {
            corrections.addFirst(new Correction(step, change, product));
            if (corrections.size() > MEMORY) {
                corrections.removeLast();
            }
        }
    }

    /** In four partial sums, which the CPU adds at the same time. */
    private static double dot(double[] a, double[] b) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 3 < a.length; i += 4) {
            s0 += a[i] * b[i];
            s1 += a[i + 1] * b[i + 1];
            s2 += a[i + 2] * b[i + 2];
            s3 += a[i + 3] * b[i + 3];
        }
        for (; i < a.length; i++) {
            s0 += a[i] * b[i];
        }
        return s0 + s1 + s2 + s3;
    }

    private static void add(double[] to, double factor, double[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * what[i];
        }
    }

    private static double[] sum(double[] a, double factor, double[] b) {
        double[] sum = a.clone();
        add(sum, factor, b);
        return sum;
    }
}
