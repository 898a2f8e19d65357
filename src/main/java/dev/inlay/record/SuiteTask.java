package dev.inlay.record;

import java.util.Objects;

/**
 * A task of a suite, as the benchmark has it.
 *
 * @param name of the task
 * @param group what its accuracy is averaged with first
 * @param classes of the benchmark; 0 if not said
 * @param test test images of the benchmark; 0 if not said
 */
public record SuiteTask(String name, String group, int classes, int test) {
    /**
     * @throws NullPointerException if a name is null
     */
    public SuiteTask {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(group, "group");
    }
}
