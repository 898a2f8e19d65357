package dev.inlay.record;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A comparison of methods: its components are the keys of {@code compare.json}, whose meanings and units
 * {@code docs/compare.md} lists.
 *
 * @param name what the comparison is called
 * @param backbones names of the backbones tuned
 * @param tasks names, in the order of the config
 * @param seeds in the order of the config
 * @param methods one row each, the best mean accuracy first; of equals the one with fewer parameters, then the earlier in
 *     the config; without an accuracy last
 * @param points every run, in the order of the config
 * @param config the config as it was read
 */
public record ComparisonRecord(
        String name,
        List<String> backbones,
        List<String> tasks,
        List<Long> seeds,
        List<MethodRecord> methods,
        List<ComparisonRunRecord> points,
        String config) {
    /** Accuracies that differ by less come from the order of additions. */
    private static final double SAME_ACCURACY = 1e-12;

    private static final Comparator<MethodRecord> RANKING = Comparator.comparing(
                    (MethodRecord method) -> rounded(method.all()), Comparator.reverseOrder())
            .thenComparing(method -> method.all().parameters(), Comparator.nullsLast(Comparator.naturalOrder()));

    /** Copies the lists. */
    public ComparisonRecord {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(config, "config");
        backbones = List.copyOf(backbones);
        tasks = List.copyOf(tasks);
        seeds = List.copyOf(seeds);
        methods = List.copyOf(methods);
        points = List.copyOf(points);
    }

    /** Returns what the score of the runs is called, such as {@code accuracy}; {@code score} where tasks have different ones. */
    public String scoreName() {
        List<String> names = points.stream()
                .filter(point -> point.error() == null)
                .map(point -> point.score() == null ? "accuracy" : point.score())
                .distinct()
                .toList();
        return names.isEmpty() ? "accuracy" : names.size() == 1 ? names.get(0) : "score";
    }

    /**
     * The comparison that runs make up.
     *
     * @param methods names, in the order of the config
     */
    public static ComparisonRecord of(
            String name,
            List<String> backbones,
            List<String> tasks,
            List<Long> seeds,
            List<String> methods,
            List<ComparisonRunRecord> points,
            String config) {
        List<MethodRecord> rows = methods.stream()
                .map(method -> row(
                        method,
                        tasks,
                        seeds,
                        points.stream()
                                .filter(point -> point.method().equals(method))
                                .toList()))
                .sorted(RANKING)
                .toList();
        return new ComparisonRecord(name, backbones, tasks, seeds, rows, points, config);
    }

    private static MethodRecord row(
            String name, List<String> tasks, List<Long> seeds, List<ComparisonRunRecord> points) {
        Map<String, ResultRecord> perTask = new LinkedHashMap<>();
        for (String task : tasks) {
            List<ComparisonRunRecord> own =
                    points.stream().filter(point -> point.task().equals(task)).toList();
            perTask.put(task, ResultRecord.of(MethodRuns.of(seeds, own), List.of(task)));
        }
        return new MethodRecord(name, ResultRecord.of(MethodRuns.of(seeds, points), tasks), perTask);
    }

    private static double rounded(ResultRecord result) {
        return result.accuracy() == null ? -1 : Math.rint(result.accuracy().mean() / SAME_ACCURACY);
    }

    /** The runs that failed. */
    public Stream<ComparisonRunRecord> failures() {
        return points.stream().filter(point -> !point.hasFinished());
    }

    /** Returns what was compared, in a line. */
    @Override
    public String toString() {
        return name + ": " + points.size() + " runs of " + methods.size() + " methods on " + tasks.size() + " tasks";
    }
}
