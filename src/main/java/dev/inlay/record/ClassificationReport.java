package dev.inlay.record;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Precision, recall and F1 of every class, as scikit-learn's {@code classification_report} has them.
 *
 * @param perClass by label, of the classes that occur or are predicted
 * @param macro mean over these classes
 * @param weighted mean over these classes, each weighted by its support
 */
public record ClassificationReport(List<ClassQuality> perClass, ClassQuality macro, ClassQuality weighted) {
    /** Copies the list. */
    public ClassificationReport {
        perClass = List.copyOf(perClass);
    }

    static ClassificationReport of(List<ClassQuality> perClass) {
        return new ClassificationReport(
                perClass,
                average("macro average", perClass, quality -> 1),
                average("weighted average", perClass, ClassQuality::support));
    }

    private static ClassQuality average(
            String name, List<ClassQuality> perClass, ToDoubleFunction<ClassQuality> weight) {
        return new ClassQuality(
                name,
                perClass.stream().mapToLong(ClassQuality::support).sum(),
                mean(perClass, weight, ClassQuality::precision),
                mean(perClass, weight, ClassQuality::recall),
                mean(perClass, weight, ClassQuality::f1));
    }

    private static double mean(
            List<ClassQuality> perClass,
            ToDoubleFunction<ClassQuality> weight,
            ToDoubleFunction<ClassQuality> quantity) {
        double weights = perClass.stream().mapToDouble(weight).sum();
        double sum = perClass.stream()
                .mapToDouble(quality -> weight.applyAsDouble(quality) * quantity.applyAsDouble(quality))
                .sum();
        return weights == 0 ? 0 : sum / weights;
    }
}
