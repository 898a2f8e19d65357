package dev.inlay.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was measured in one go. Another program's report of the same cases has the same form.
 *
 * @param machine what computed, by name, for people
 * @param threads of one operation
 * @param matrixRate the best rate of float32 matrix products of this machine, in operations per second
 * @param results case by case
 */
public record BenchReport(Map<String, String> machine, int threads, double matrixRate, List<CaseResult> results) {
    /** Copies the collections. */
    public BenchReport {
        machine = Collections.unmodifiableMap(new LinkedHashMap<>(machine));
        results = List.copyOf(results);
    }
}
