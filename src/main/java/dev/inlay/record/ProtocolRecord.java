package dev.inlay.record;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One method's accuracies on a suite under one protocol. Every mean over tasks is taken seed by seed, and a seed counts only
 * where it finished on all of the tasks that the mean is of; null, or absent, where no seed did.
 *
 * @param tasks by the name of the task
 * @param groups by the name of the group: mean of its tasks
 * @param meanOfTasks mean of all tasks of the suite
 * @param meanOfGroups mean of the groups' means
 */
public record ProtocolRecord(
        Map<String, Measured> tasks, Map<String, Measured> groups, Measured meanOfTasks, Measured meanOfGroups) {
    /** Copies the maps and keeps their order. */
    public ProtocolRecord {
        tasks = Check.ordered(tasks);
        groups = Check.ordered(groups);
    }

    /**
     * @param suite every task of the suite
     * @param runs of the method
     * @param accuracy of a run under the protocol; null if it has none
     */
    static ProtocolRecord of(
            List<SuiteTask> suite, MethodRuns<SuiteRunRecord> runs, Function<SuiteRunRecord, Double> accuracy) {
        Map<String, List<String>> members = SuiteTask.byGroup(suite);
        List<String> all = suite.stream().map(SuiteTask::name).toList();
        Map<String, Measured> tasks = new LinkedHashMap<>();
        all.forEach(task -> put(tasks, task, runs.mean(List.of(task), accuracy)));
        Map<String, Measured> groups = new LinkedHashMap<>();
        members.forEach((group, own) -> put(groups, group, runs.mean(own, accuracy)));
        return new ProtocolRecord(
                tasks, groups, runs.mean(all, accuracy), runs.meanOfMeans(members.values(), accuracy));
    }

    private static void put(Map<String, Measured> into, String name, Measured value) {
        if (value != null) {
            into.put(name, value);
        }
    }
}
