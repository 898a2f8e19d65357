package dev.inlay.record;

/**
 * How well images that have a class are told from those that have not. A share of nothing is 0, as in {@link ClassQuality}.
 *
 * @param name of the class
 * @param support how many examples have it
 * @param averagePrecision Σ (Rₙ − Rₙ₋₁) Pₙ over the examples by falling score, those of equal score at once, which is
 *     scikit-learn's {@code average_precision_score}; null where no example has the class
 * @param threshold an example has the class if its probability is at least that
 * @param precision share of the examples above the threshold that have it
 * @param recall share of the examples that have it and are above the threshold
 * @param f1 harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN)
 */
public record LabelQuality(
        String name,
        long support,
        Double averagePrecision,
        double threshold,
        double precision,
        double recall,
        double f1) {}
