package dev.inlay.record;

/** What all records of a run of an experiment tell: which run it is, and what it found or why it failed. */
public interface ExperimentRun {
    /** Name of the task. */
    String task();

    /** Name of the method. */
    String method();

    /** Seed of the run. */
    long seed();

    /** Accuracy on the test split after the last epoch, a fraction in [0, 1]; null if the run failed. */
    Double top1();

    /** Trained parameters without the head; null if the run failed. */
    Long parameters();

    /** Wall-clock time of the run without loading and reporting; null if the run failed. */
    Double seconds();

    /** Why the run failed; null if it did not. */
    String error();

    /** Which run it is. */
    default RunKey key() {
        return new RunKey(task(), method(), seed());
    }

    /** True if the run found something. */
    default boolean hasFinished() {
        return error() == null;
    }
}
