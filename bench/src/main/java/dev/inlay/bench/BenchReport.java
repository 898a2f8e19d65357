package dev.inlay.bench;

import dev.inlay.tensor.Precision;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was measured in one go. Another program's report of the same cases has the same form.
 *
 * @param machine what computed, by name, for people
 * @param threads of one operation
 * @param matrixRates the best rate of matrix products of this machine in each precision, in operations per second
 * @param results case by case
 */
public record BenchReport(
        Map<String, String> machine, int threads, Map<Precision, Double> matrixRates, List<CaseResult> results) {
    /** Copies the collections. */
    public BenchReport {
        machine = Collections.unmodifiableMap(new LinkedHashMap<>(machine));
        matrixRates = Map.copyOf(matrixRates);
        results = List.copyOf(results);
    }

    /** Returns the rate of a case's products in its median run as a share of the best rate; 0 where it has none or was not timed. */
    public double share(CaseResult result) {
        return result.flopsPerSecond() / matrixRates.get(result.work().precision());
    }
}
