package dev.inlay.record;

import java.util.Objects;

/**
 * Which run of an experiment it is.
 *
 * @param task name of the task
 * @param method name of the method
 * @param seed of the run
 */
public record RunKey(String task, String method, long seed) {
    /**
     * @throws NullPointerException if a name is null
     */
    public RunKey {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(method, "method");
    }

    /** What messages call it: {@code cifar, SPT-LoRA, seed 0}. */
    @Override
    public String toString() {
        return task + ", " + method + ", seed " + seed;
    }
}
