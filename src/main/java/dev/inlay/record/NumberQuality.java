package dev.inlay.record;

/**
 * How close one number comes to its targets.
 *
 * @param name of the number
 * @param r2 the coefficient of determination, 1 − Σ (y − ŷ)² / Σ (y − ȳ)², at most 1, with the mean of these examples; where all
 *     targets are equal, 1 if all are met and else 0, as scikit-learn's {@code r2_score} has it
 * @param mae mean absolute error, in the number's own unit
 * @param rmse root of the mean squared error, in the number's own unit
 */
public record NumberQuality(String name, double r2, double mae, double rmse) {}
