package dev.inlay.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code compare.json}: a {@link ComparisonRecord} as JSON, by the rules of {@link MetricsFile}. */
public final class ComparisonFile {
    private ComparisonFile() {}

    /**
     * Replaces {@code file} by {@code comparison}, atomically.
     *
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public static void write(Path file, ComparisonRecord comparison) {
        try {
            AtomicFile.write(file, MetricsFile.JSON.writeValueAsString(comparison) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a comparison must be expressible as JSON", e);
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws DataException if the file cannot be read or is not such a file; the message names the key
     */
    public static ComparisonRecord read(Path file) {
        try {
            return MetricsFile.JSON.readValue(Files.readString(file), ComparisonRecord.class);
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(file.toString(), "the compare.json of a comparison", e), e);
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + StorageException.reason(e), e);
        }
    }
}
