package dev.inlay.config;

/**
 * A task of an experiment. What a benchmark says of its images is 0 or empty where it is not said.
 *
 * @param name distinct
 * @param group what its accuracy is averaged with first; empty in a comparison
 * @param classes of the benchmark
 * @param train training images of the benchmark
 * @param validation validation images
 * @param test test images
 * @param obtain what is particular to obtaining this set
 */
public record ExperimentTask(
        String name, String group, int classes, int train, int validation, int test, String obtain) {
    private static final int MAX_COUNT = 100_000_000;

    /** A task of which nothing but its name is said. */
    static ExperimentTask named(String name) {
        return new ExperimentTask(name, "", 0, 0, 0, 0, "");
    }

    /** Reads what a benchmark says of a task. */
    static ExperimentTask read(Section member) {
        if (!member.has("group")) {
            member.problem("group", "missing; expected the group that the task is averaged with");
        }
        Section examples = member.section("examples");
        ExperimentTask task = new ExperimentTask(
                member.optionalText("name").orElse(""),
                member.optionalText("group").orElse(""),
                member.integer("classes", 0, 0, MAX_COUNT),
                examples.integer("train", 0, 0, MAX_COUNT),
                examples.integer("validation", 0, 0, MAX_COUNT),
                examples.integer("test", 0, 0, MAX_COUNT),
                member.optionalText("obtain").orElse("").strip());
        examples.end();
        return task;
    }
}
