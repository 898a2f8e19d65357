package dev.inlay.record;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What others have published on the tasks of a suite. Accuracies are fractions in [0, 1]; what is not printed and cannot be
 * computed is absent or null.
 *
 * @param method what it calls the method
 * @param source where it is printed
 * @param tasks by the name of the task
 * @param groups by the name of the group: as printed, else the mean of the printed tasks
 * @param meanOfTasks mean of the printed tasks, if all are
 * @param meanOfGroups mean of {@code groups}, if all are there
 */
public record PublishedRow(
        String method,
        String source,
        Map<String, Double> tasks,
        Map<String, Double> groups,
        Double meanOfTasks,
        Double meanOfGroups) {
    /** Copies the maps and keeps their order. */
    public PublishedRow {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(source, "source");
        tasks = Check.ordered(tasks);
        groups = Check.ordered(groups);
    }

    /**
     * A row with the means that it does not print.
     *
     * @param suite every task of the suite
     * @param tasks printed accuracies by the name of the task
     * @param printed means by the name of the group
     */
    public static PublishedRow of(
            String method,
            String source,
            List<SuiteTask> suite,
            Map<String, Double> tasks,
            Map<String, Double> printed) {
        Map<String, List<String>> members = SuiteTask.byGroup(suite);
        Map<String, Double> groups = new LinkedHashMap<>();
        members.forEach((group, own) -> {
            Double mean = printed.containsKey(group) ? printed.get(group) : mean(own, tasks);
            if (mean != null) {
                groups.put(group, mean);
            }
        });
        return new PublishedRow(
                method,
                source,
                tasks,
                groups,
                mean(suite.stream().map(SuiteTask::name).toList(), tasks),
                mean(List.copyOf(members.keySet()), groups));
    }

    private static Double mean(List<String> names, Map<String, Double> values) {
        return values.keySet().containsAll(names)
                ? names.stream().mapToDouble(values::get).average().orElse(0)
                : null;
    }
}
