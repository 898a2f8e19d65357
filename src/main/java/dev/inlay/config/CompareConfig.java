package dev.inlay.config;

import dev.inlay.error.ConfigException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Methods × tasks × seeds × budgets, as {@code inlay compare} reads them: a run for each, all laid over one base.
 *
 * @param name what the comparison is called
 * @param methods names of the methods, a budget of a list being a method of its own; distinct
 * @param tasks names of the tasks, distinct
 * @param seeds of the runs, distinct, each at least 0
 * @param points every run, task by task, then seed by seed, so that neighbours have the most in common
 * @param text the file as it was read, overrides laid over it, as JSON
 */
public record CompareConfig(
        String name, List<String> methods, List<String> tasks, List<Long> seeds, List<Point> points, String text) {
    /**
     * One run of a comparison.
     *
     * @param task its name
     * @param method its name
     * @param seed of the run
     * @param config the run; its budget means nothing if {@code parametersOf} is given
     * @param parametersOf the method whose trained parameters (without the head) are this one's budget
     */
    public record Point(String task, String method, long seed, RunConfig config, Optional<String> parametersOf) {
        /** Where the run is kept below the folder of the comparison. */
        public Path folder() {
            return Path.of("runs", folderName(task), folderName(method), "seed-" + seed);
        }

        /**
         * This run with a budget in place of a reference to a method.
         *
         * @param scalars at least 1
         */
        public Point within(long scalars) {
            RunConfig budgeted =
                    RunConfig.parse(config.settings().json(), Path.of(""), List.of("method.budget=" + scalars));
            return new Point(task, method, seed, budgeted, Optional.empty());
        }
    }

    /** Copies the lists. */
    public CompareConfig {
        methods = List.copyOf(methods);
        tasks = List.copyOf(tasks);
        seeds = List.copyOf(seeds);
        points = List.copyOf(points);
    }

    /**
     * Reads a YAML file.
     *
     * @param file the config; its relative paths start at its own folder
     * @param overrides as in {@link RunConfig#read(Path, List)}; they change the base and whole lists, not single entries
     * @throws ConfigException that lists every problem of every run, if there is any
     */
    public static CompareConfig read(Path file, List<String> overrides) {
        return new CompareReader(ConfigTree.read(file, overrides), List.of()).read();
    }

    /**
     * Reads a YAML (or JSON) text.
     *
     * @param folder its relative paths start here
     * @param overrides as in {@link #read(Path, List)}
     * @throws ConfigException that lists every problem of every run, if there is any
     */
    public static CompareConfig parse(String yaml, Path folder, List<String> overrides) {
        return new CompareReader(ConfigTree.parse(yaml, "config", folder, overrides), List.of()).read();
    }

    /** This comparison with only some of its tasks, in their order. */
    public CompareConfig only(Predicate<String> some) {
        return new CompareConfig(
                name,
                methods,
                tasks.stream().filter(some).toList(),
                seeds,
                points.stream().filter(point -> some.test(point.task())).toList(),
                text);
    }

    /** A name of a method or task as that of a folder: letters, digits, dots and dashes; empty if the name has none. */
    static String folderName(String name) {
        return name.replaceAll("[^\\p{L}\\p{N}._-]+", "-").replaceAll("^[-.]+|-+$", "");
    }
}
