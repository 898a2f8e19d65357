package dev.inlay.record;

import java.util.List;
import java.util.Objects;

/**
 * The data a run learned from.
 *
 * @param name what the config calls it
 * @param classes how many classes there are
 * @param train examples trained on for the reported result
 * @param validation examples that settings were chosen on; 0 if none were
 * @param test examples the result was measured on
 * @param skipped examples left out because they could not be decoded
 * @param chance top-1 fraction on the test split of always answering its most frequent class, in [0, 1]; null if not recorded
 * @param perClass examples of every class, by label; empty if not recorded
 */
public record DataRecord(
        String name,
        int classes,
        long train,
        long validation,
        long test,
        long skipped,
        Double chance,
        List<ClassCount> perClass) {
    /**
     * Copies the list; null stands for an empty one.
     *
     * @throws IllegalArgumentException if a count is negative or {@code chance} outside [0, 1]
     */
    public DataRecord {
        Objects.requireNonNull(name, "name");
        Check.notNegative("classes", classes);
        Check.notNegative("train", train);
        Check.notNegative("validation", validation);
        Check.notNegative("test", test);
        Check.notNegative("skipped", skipped);
        Check.fractionOrNull("chance", chance);
        perClass = perClass == null ? List.of() : List.copyOf(perClass);
    }
}
