package dev.inlay.record;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * One run of a comparison: what it found, or why it failed.
 *
 * @param task name of the task
 * @param method name of the method
 * @param seed of the run
 * @param top1 {@linkplain Quality#score score} on the test split after the last epoch, at most 1: accuracy, where each image has one
 *     class; null if the run failed, and so for all numbers below
 * @param parameters trained parameters without the head
 * @param taskBytes size of the task file
 * @param peakResidentBytes the most memory the process held during the run; null where the system cannot tell
 * @param seconds wall-clock time of the run without loading and reporting
 * @param warnings what a reader of the numbers should know
 * @param error why the run failed; null if it did not
 * @param folder the run's, below that of the comparison, with slashes; null if the run failed, and in files of earlier versions
 * @param score what {@code top1} is, where it is not accuracy: {@code mAP} or {@code R²}; else null
 * @param top1Interval the 95 % interval of {@code top1} by the number of test images; null where none is known, and in files of
 *     earlier versions
 */
public record ComparisonRunRecord(
        String task,
        String method,
        long seed,
        Double top1,
        Long parameters,
        Long taskBytes,
        Long peakResidentBytes,
        Double seconds,
        List<String> warnings,
        String error,
        String folder,
        String score,
        Interval top1Interval)
        implements ExperimentRun {
    /** Copies the list; null stands for an empty one. */
    public ComparisonRunRecord {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(method, "method");
        warnings = warnings == null ? List.of() : List.copyOf(warnings);
    }

    /**
     * A finished run.
     *
     * @param folder the run's, below that of the comparison
     */
    public static ComparisonRunRecord finished(RunKey key, RunRecord run, Path folder) {
        return new ComparisonRunRecord(
                key.task(),
                key.method(),
                key.seed(),
                run.test().score(),
                run.trainableParameters().withoutHead(),
                run.taskBytes(),
                run.peakResidentBytes(),
                run.workSeconds(),
                run.warnings(),
                null,
                slashes(folder),
                run.test() instanceof Accuracy ? null : run.test().scoreName(),
                run.test().interval().orElse(null));
    }

    /**
     * A run that failed.
     *
     * @param error why
     */
    public static ComparisonRunRecord failed(RunKey key, String error) {
        return new ComparisonRunRecord(
                key.task(),
                key.method(),
                key.seed(),
                null,
                null,
                null,
                null,
                null,
                List.of(),
                Objects.requireNonNull(error),
                null,
                null,
                null);
    }

    private static String slashes(Path folder) {
        return StreamSupport.stream(folder.spliterator(), false)
                .map(Path::toString)
                .collect(Collectors.joining("/"));
    }
}
