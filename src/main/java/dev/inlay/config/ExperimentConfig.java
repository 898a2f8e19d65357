package dev.inlay.config;

import dev.inlay.error.ConfigException;
import dev.inlay.record.RunKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Tasks × methods × seeds × budgets, a run for each, all laid over one base. {@code inlay compare} reads the bare grid;
 * {@code inlay suite} reads a benchmark, which also groups its tasks, says what their images should be, and lists what
 * others have published.
 *
 * @param name what the experiment is called
 * @param about what the benchmark is, in a sentence or two; may be empty
 * @param obtain how the images of the benchmark are obtained; may be empty
 * @param tasks every task, in the order of the file
 * @param methods names of the methods, a budget of a list being a method of its own; distinct
 * @param seeds of the runs, distinct, each at least 0
 * @param runs every run, task by task, then seed by seed, so that neighbours have the most in common
 * @param published what others have published, in the order of the file
 * @param text the file as it was read, overrides laid over it, as JSON
 */
public record ExperimentConfig(
        String name,
        String about,
        String obtain,
        List<ExperimentTask> tasks,
        List<String> methods,
        List<Long> seeds,
        List<Run> runs,
        List<PublishedAccuracies> published,
        String text) {
    /**
     * One run of an experiment.
     *
     * @param key which one
     * @param config the run; its budget means nothing if {@code parametersOf} is given
     * @param parametersOf the method whose trained parameters (without the head) are this one's budget
     */
    public record Run(RunKey key, RunConfig config, Optional<String> parametersOf) {
        /** Where the run is kept below the folder of the experiment. */
        public Path folder() {
            return Path.of("runs", folderName(key.task()), folderName(key.method()), "seed-" + key.seed());
        }

        /**
         * This run with a budget in place of a reference to a method.
         *
         * @param scalars at least 1
         */
        public Run within(long scalars) {
            RunConfig budgeted =
                    RunConfig.parse(config.settings().json(), Path.of(""), List.of("method.budget=" + scalars));
            return new Run(key, budgeted, Optional.empty());
        }
    }

    /** Copies the lists. */
    public ExperimentConfig {
        tasks = List.copyOf(tasks);
        methods = List.copyOf(methods);
        seeds = List.copyOf(seeds);
        runs = List.copyOf(runs);
        published = List.copyOf(published);
    }

    /**
     * Reads a YAML file of {@code inlay compare}.
     *
     * @param file the config; its relative paths start at its own folder
     * @param overrides as in {@link RunConfig#read(Path, List)}; they change the base and whole lists, not single entries
     * @throws ConfigException that lists every problem of every run, if there is any
     */
    public static ExperimentConfig comparison(Path file, List<String> overrides) {
        return ExperimentReader.comparison(ConfigTree.read(file, overrides));
    }

    /**
     * Reads a YAML (or JSON) text of {@code inlay compare}.
     *
     * @param folder its relative paths start here
     * @param overrides as in {@link #comparison(Path, List)}
     * @throws ConfigException that lists every problem of every run, if there is any
     */
    public static ExperimentConfig comparison(String yaml, Path folder, List<String> overrides) {
        return ExperimentReader.comparison(ConfigTree.parse(yaml, "config", folder, overrides));
    }

    /**
     * Reads a YAML file of {@code inlay suite}.
     *
     * @param file the config; relative paths in it start at its own folder, but {@code tasks[].data.root} at
     *     {@code dataRoot}
     * @param dataRoot the folder of the sets of images
     * @param overrides as in {@link #comparison(Path, List)}
     * @throws ConfigException that lists every problem of every run, if there is any
     */
    public static ExperimentConfig suite(Path file, Path dataRoot, List<String> overrides) {
        return ExperimentReader.suite(ConfigTree.read(file, overrides), dataRoot);
    }

    /**
     * Reads a YAML (or JSON) text of {@code inlay suite}.
     *
     * @param folder its relative paths start here
     * @param dataRoot as in {@link #suite(Path, Path, List)}
     * @param overrides as in {@link #comparison(Path, List)}
     * @throws ConfigException that lists every problem of every run, if there is any
     */
    public static ExperimentConfig suite(String yaml, Path folder, Path dataRoot, List<String> overrides) {
        return ExperimentReader.suite(ConfigTree.parse(yaml, "config", folder, overrides), dataRoot);
    }

    /** The names of all tasks, in their order. */
    public List<String> taskNames() {
        return tasks.stream().map(ExperimentTask::name).toList();
    }

    /** The groups of the tasks, in the order in which they first occur. */
    public List<String> groups() {
        return tasks.stream().map(ExperimentTask::group).distinct().toList();
    }

    /** The runs of one task, in their order. */
    public List<Run> runsOf(String task) {
        return runs.stream().filter(run -> run.key().task().equals(task)).toList();
    }

    /**
     * This experiment with the runs of only some of its tasks; its means stay those of all.
     *
     * @throws ConfigException if no run is left
     */
    public ExperimentConfig only(Predicate<String> some) {
        List<Run> left =
                runs.stream().filter(run -> some.test(run.key().task())).toList();
        if (left.isEmpty()) {
            throw new ConfigException(
                    "--only leaves no task of " + name + "; its tasks are " + String.join(", ", taskNames()));
        }
        return new ExperimentConfig(name, about, obtain, tasks, methods, seeds, left, published, text);
    }

    /** A name of a method or task as that of a folder: letters, digits, dots and dashes; empty if the name has none. */
    static String folderName(String name) {
        return name.replaceAll("[^\\p{L}\\p{N}._-]+", "-").replaceAll("^[-.]+|-+$", "");
    }
}
