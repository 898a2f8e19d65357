package dev.inlay.record;

import java.util.Map;
import java.util.Objects;

/**
 * The run on one fold of a cross-validation.
 *
 * @param fold its number, from 1
 * @param folder of the run, below that of the whole
 * @param test accuracy on the fold
 * @param linearTop1 top-1 fraction of linear probing on the fold, in [0, 1]; null if it was not fitted
 * @param settings those that its search chose; empty without a search
 */
public record FoldRecord(int fold, String folder, Accuracy test, Double linearTop1, Map<String, String> settings) {
    /** Copies the map; null stands for an empty one. */
    public FoldRecord {
        Objects.requireNonNull(folder, "folder");
        Objects.requireNonNull(test, "test");
        Check.fractionOrNull("linearTop1", linearTop1);
        settings = Check.ordered(settings);
    }
}
