package dev.inlay.record;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The runs of one method and what they come to. Every mean over tasks is taken seed by seed, and a seed counts only where it
 * finished on all of the tasks that the mean is of. Numbers that no run has are null.
 *
 * @param seeds of the experiment
 * @param finished the runs that found something, in their order
 * @param failed how many runs failed
 */
record MethodRuns<R extends ExperimentRun>(List<Long> seeds, List<R> finished, int failed) {
    /**
     * @param runs at most one for each task and seed
     */
    static <R extends ExperimentRun> MethodRuns<R> of(List<Long> seeds, Collection<R> runs) {
        List<R> finished = runs.stream().filter(ExperimentRun::hasFinished).toList();
        return new MethodRuns<>(seeds, finished, runs.size() - finished.size());
    }

    /** Each seed's mean over {@code tasks}. */
    List<Double> perSeed(List<String> tasks, Function<R, Double> accuracy) {
        return seeds.stream()
                .map(seed -> mean(tasks, seed, accuracy))
                .flatMap(Optional::stream)
                .toList();
    }

    /** The mean over {@code tasks}. */
    Measured mean(List<String> tasks, Function<R, Double> accuracy) {
        return Measured.of(perSeed(tasks, accuracy));
    }

    /** The mean of the means over the tasks of each group. */
    Measured meanOfMeans(Collection<List<String>> groups, Function<R, Double> accuracy) {
        return Measured.of(seeds.stream()
                .map(seed -> mean(groups.stream()
                        .map(tasks -> mean(tasks, seed, accuracy))
                        .toList()))
                .flatMap(Optional::stream)
                .toList());
    }

    private Optional<Double> mean(List<String> tasks, long seed, Function<R, Double> accuracy) {
        return mean(tasks.stream().map(task -> run(task, seed).map(accuracy)).toList());
    }

    private Optional<R> run(String task, long seed) {
        return finished.stream()
                .filter(run -> run.task().equals(task) && run.seed() == seed)
                .findFirst();
    }

    /** The mean of all, or nothing if one is missing. */
    private static Optional<Double> mean(List<Optional<Double>> values) {
        double sum = 0;
        for (Optional<Double> value : values) {
            if (value.isEmpty()) {
                return Optional.empty();
            }
            sum += value.get();
        }
        return values.isEmpty() ? Optional.empty() : Optional.of(sum / values.size());
    }

    Long most(Function<R, Long> number) {
        return finished.stream()
                .map(number)
                .filter(Objects::nonNull)
                .max(Long::compare)
                .orElse(null);
    }

    Long least(Function<R, Long> number) {
        return finished.stream()
                .map(number)
                .filter(Objects::nonNull)
                .min(Long::compare)
                .orElse(null);
    }

    Double average(Function<R, ? extends Number> number) {
        return finished.isEmpty()
                ? null
                : finished.stream()
                        .mapToDouble(run -> number.apply(run).doubleValue())
                        .average()
                        .getAsDouble();
    }
}
