package dev.inlay.record;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

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
     * @param seeds of the suite
     * @param accuracy of a task with a seed, if there is one
     */
    static ProtocolRecord of(
            List<SuiteTask> suite, List<Long> seeds, BiFunction<String, Long, Optional<Double>> accuracy) {
        Map<String, List<String>> members = suite.stream()
                .collect(Collectors.groupingBy(
                        SuiteTask::group,
                        LinkedHashMap::new,
                        Collectors.mapping(SuiteTask::name, Collectors.toList())));
        Map<String, Measured> tasks = new LinkedHashMap<>();
        suite.forEach(
                task -> put(tasks, task.name(), measured(seeds, seed -> mean(List.of(task.name()), seed, accuracy))));
        Map<String, Measured> groups = new LinkedHashMap<>();
        members.forEach((group, own) -> put(groups, group, measured(seeds, seed -> mean(own, seed, accuracy))));
        List<String> all = suite.stream().map(SuiteTask::name).toList();
        return new ProtocolRecord(
                tasks,
                groups,
                measured(seeds, seed -> mean(all, seed, accuracy)),
                measured(
                        seeds,
                        seed -> mean(members.values().stream()
                                .map(own -> mean(own, seed, accuracy))
                                .toList())));
    }

    private static void put(Map<String, Measured> into, String name, Measured value) {
        if (value != null) {
            into.put(name, value);
        }
    }

    private static Measured measured(List<Long> seeds, Function<Long, OptionalDouble> perSeed) {
        List<Double> values = new ArrayList<>();
        seeds.forEach(seed -> perSeed.apply(seed).ifPresent(values::add));
        return Measured.of(values);
    }

    private static OptionalDouble mean(
            List<String> tasks, long seed, BiFunction<String, Long, Optional<Double>> accuracy) {
        return mean(tasks.stream()
                .map(task -> accuracy.apply(task, seed))
                .map(value -> value.isPresent() ? OptionalDouble.of(value.get()) : OptionalDouble.empty())
                .toList());
    }

    /** The mean of all, or nothing if one is missing. */
    private static OptionalDouble mean(List<OptionalDouble> values) {
        double sum = 0;
        for (OptionalDouble value : values) {
            if (value.isEmpty()) {
                return OptionalDouble.empty();
            }
            sum += value.getAsDouble();
        }
        return values.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(sum / values.size());
    }
}
