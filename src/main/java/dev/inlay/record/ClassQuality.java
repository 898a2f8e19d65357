package dev.inlay.record;

/**
 * How well one class is told from the others on the test split.
 *
 * @param name of the class
 * @param examples how many test examples are of the class
 * @param precision share of the examples predicted as the class that are of it; null if none was predicted as it
 * @param recall share of the examples of the class that are predicted as it; null if there are none
 * @param f1 harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); null if the class neither occurs nor is predicted
 */
public record ClassQuality(String name, long examples, Double precision, Double recall, Double f1) {}
