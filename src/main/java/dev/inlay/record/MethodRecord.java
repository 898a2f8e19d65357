package dev.inlay.record;

import java.util.Map;

/**
 * A row of a comparison.
 *
 * @param name of the method
 * @param all over all tasks
 * @param tasks by the name of the task
 */
public record MethodRecord(String name, ResultRecord all, Map<String, ResultRecord> tasks) {
    /** Copies the map and keeps its order. */
    public MethodRecord {
        tasks = Check.ordered(tasks);
    }
}
