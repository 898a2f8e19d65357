package dev.inlay.config;

import dev.inlay.error.ConfigException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A benchmark of many tasks, as {@code inlay suite} reads it: a comparison whose tasks are in groups, with what is known of
 * each set of images and what others have published on them.
 *
 * @param name what the benchmark is called
 * @param about what it is, in a sentence or two; may be empty
 * @param obtain how its images are obtained; may be empty
 * @param tasks every task, in the order of the file
 * @param published what others have published, in the order of the file
 * @param runs methods × tasks × seeds
 */
public record SuiteConfig(
        String name, String about, String obtain, List<Task> tasks, List<Published> published, CompareConfig runs) {
    /**
     * A task.
     *
     * @param name distinct
     * @param group what its accuracy is averaged with first
     * @param classes of the benchmark; 0 if not said
     * @param train training images of the benchmark; 0 if not said, and so below
     * @param validation validation images
     * @param test test images
     * @param obtain what is particular to obtaining this set; may be empty
     */
    public record Task(String name, String group, int classes, int train, int validation, int test, String obtain) {}

    /**
     * A row of a table that others have published, in percent.
     *
     * @param method what it calls the method
     * @param source where it is printed
     * @param tasks by the name of the task; a task that it does not have is absent
     * @param groups means by the name of the group; a group that it does not print is absent
     */
    public record Published(String method, String source, Map<String, Double> tasks, Map<String, Double> groups) {
        /** Copies the maps and keeps their order. */
        public Published {
            tasks = Collections.unmodifiableMap(new LinkedHashMap<>(tasks));
            groups = Collections.unmodifiableMap(new LinkedHashMap<>(groups));
        }
    }

    /** Copies the lists. */
    public SuiteConfig {
        tasks = List.copyOf(tasks);
        published = List.copyOf(published);
    }

    /** The groups, in the order in which they first occur. */
    public List<String> groups() {
        return tasks.stream().map(Task::group).distinct().toList();
    }

    /**
     * This suite with runs of only some of its tasks; its means stay those of all.
     *
     * @throws ConfigException if no task is left
     */
    public SuiteConfig only(Predicate<String> some) {
        CompareConfig left = runs.only(some);
        if (left.tasks().isEmpty()) {
            throw new ConfigException(
                    "--only leaves no task of " + name + "; its tasks are " + String.join(", ", runs.tasks()));
        }
        return new SuiteConfig(name, about, obtain, tasks, published, left);
    }

    /**
     * Reads a YAML file.
     *
     * @param file the config; relative paths in it start at its own folder, but {@code tasks[].data.root} at
     *     {@code dataRoot}
     * @param dataRoot the folder of the sets of images
     * @param overrides as in {@link CompareConfig#read}
     * @throws ConfigException that lists every problem of every run, if there is any
     */
    public static SuiteConfig read(Path file, Path dataRoot, List<String> overrides) {
        return new SuiteReader(ConfigTree.read(file, overrides), dataRoot).read();
    }

    /**
     * Reads a YAML (or JSON) text.
     *
     * @param folder its relative paths start here
     * @param dataRoot as in {@link #read(Path, Path, List)}
     * @param overrides as in {@link #read(Path, Path, List)}
     * @throws ConfigException that lists every problem of every run, if there is any
     */
    public static SuiteConfig parse(String yaml, Path folder, Path dataRoot, List<String> overrides) {
        return new SuiteReader(ConfigTree.parse(yaml, "config", folder, overrides), dataRoot).read();
    }
}
