package dev.inlay.inference;

import java.util.Comparator;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Examples by falling score for one class: those of equal score stay together, since no threshold parts them.
 *
 * @param scores of the examples, falling, each once
 * @param having how many examples of at least that score have the class
 * @param all how many examples have at least that score
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RankedExamples(double[] scores, int[] having, int[] all) {
    /**
     * Ranks examples.
     *
     * @param scores any numbers
     * @param has whether an example has the class
     */
    static RankedExamples of(double[] scores, boolean[] has) {
        int[] order = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] last = IntStream.range(0, order.length)
                .filter(n -> n + 1 == order.length || scores[order[n]] != scores[order[n + 1]])
                .toArray();
        int[] having = new int[order.length];
        int sum = 0;
        for (int n = 0; n < order.length; n++) {
            sum += has[order[n]] ? 1 : 0;
            having[n] = sum;
        }
        return new RankedExamples(
                IntStream.of(last).mapToDouble(n -> scores[order[n]]).toArray(),
                IntStream.of(last).map(n -> having[n]).toArray(),
                IntStream.of(last).map(n -> n + 1).toArray());
    }

    /** How many examples have the class. */
    int support() {
        return having[having.length - 1];
    }

    /** Σ (Rₙ − Rₙ₋₁) Pₙ, in [0, 1]; empty if no example has the class. */
    OptionalDouble averagePrecision() {
        if (support() == 0) {
            return OptionalDouble.empty();
        }
        double sum = 0;
        int before = 0;
        for (int n = 0; n < scores.length; n++) {
            sum += (having[n] - before) * (double) having[n] / all[n];
            before = having[n];
        }
        return OptionalDouble.of(sum / support());
    }

    /**
     * The threshold with the highest F1 where scores are probabilities: half-way between two examples, or the one given. The one
     * given wins among equals, then the one nearest to it.
     *
     * @param given a threshold that is as good as any if no example has the class
     */
    double bestThreshold(double given) {
        if (support() == 0) {
            return given;
        }
        double best = given;
        double bestF1 = f1(IntStream.range(0, scores.length)
                .filter(n -> scores[n] >= given)
                .max()
                .orElse(-1));
        for (int n = 0; n < scores.length; n++) {
            double threshold = n + 1 < scores.length ? (scores[n] + scores[n + 1]) / 2 : scores[n] / 2;
            double f1 = f1(n);
            if (f1 > bestF1 || f1 == bestF1 && best != given && Math.abs(threshold - given) < Math.abs(best - given)) {
                best = threshold;
                bestF1 = f1;
            }
        }
        return best;
    }

    /** F1 where the first {@code n + 1} scores are those of examples that have the class. */
    private double f1(int n) {
        return n < 0 ? 0 : 2.0 * having[n] / (all[n] + support());
    }
}
