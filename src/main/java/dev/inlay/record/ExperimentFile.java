package dev.inlay.record;

import dev.inlay.error.DataException;
import dev.inlay.file.AtomicFile;
import java.nio.file.Path;

/** {@code compare.json} and {@code suite.json}: the records of an experiment as JSON, by the rules of {@link MetricsFile}. */
public final class ExperimentFile {
    private ExperimentFile() {}

    /**
     * Replaces {@code file} by {@code comparison}, atomically.
     *
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public static void write(Path file, ComparisonRecord comparison) {
        AtomicFile.write(file, MetricsFile.json(comparison));
    }

    /**
     * Replaces {@code file} by {@code suite}, atomically.
     *
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public static void write(Path file, SuiteRecord suite) {
        AtomicFile.write(file, MetricsFile.json(suite));
    }

    /**
     * Reads a {@code compare.json}.
     *
     * @throws DataException if the file cannot be read or is not such a file; the message names the key
     */
    public static ComparisonRecord comparison(Path file) {
        return MetricsFile.parse(
                MetricsFile.text(file), file.toString(), ComparisonRecord.class, "the compare.json of a comparison");
    }

    /**
     * Reads a {@code suite.json}.
     *
     * @throws DataException if the file cannot be read or is not such a file; the message names the key
     */
    public static SuiteRecord suite(Path file) {
        return MetricsFile.parse(
                MetricsFile.text(file), file.toString(), SuiteRecord.class, "the suite.json of a suite");
    }
}
