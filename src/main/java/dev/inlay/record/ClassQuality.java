package dev.inlay.record;

/**
 * How well one class is told from the others, or an average of that over the classes. A share of nothing is 0, as in
 * scikit-learn's {@code classification_report} with {@code zero_division=0}.
 *
 * @param name of the class, or of the average
 * @param support how many examples are of the class; of an average, how many there are
 * @param precision share of the examples predicted as the class that are of it
 * @param recall share of the examples of the class that are predicted as it
 * @param f1 harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN)
 */
public record ClassQuality(String name, long support, double precision, double recall, double f1) {}
