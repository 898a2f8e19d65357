package dev.inlay.record;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

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

    /** The names of tasks by their group, both in the order in which they first occur. */
    static Map<String, List<String>> byGroup(List<SuiteTask> tasks) {
        return tasks.stream()
                .collect(Collectors.groupingBy(
                        SuiteTask::group,
                        LinkedHashMap::new,
                        Collectors.mapping(SuiteTask::name, Collectors.toList())));
    }
}
