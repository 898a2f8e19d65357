package dev.inlay.record;

import java.util.Map;

/**
 * One setting tried before the run, judged on the validation split.
 *
 * @param settings dotted config key to its value as written, in the order of the search
 * @param validationTop1 top-1 fraction on the validation split, in [0, 1]
 * @param seconds wall-clock seconds the trial took
 * @param chosen true for the setting the run used
 */
public record SearchTrial(Map<String, String> settings, double validationTop1, double seconds, boolean chosen) {
    /**
     * Copies the map and keeps its order.
     *
     * @throws IllegalArgumentException if {@code validationTop1} is outside [0, 1] or {@code seconds} not finite
     */
    public SearchTrial {
        settings = Check.ordered(settings);
        Check.score("validationTop1", validationTop1);
        Check.finite("seconds", seconds);
    }
}
