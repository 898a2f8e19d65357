package dev.inlay.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import dev.inlay.file.AtomicFile;
import java.nio.file.Path;
import java.util.List;

/** Writes {@code curves.csv}: a line per epoch under the names of {@link EpochRecord}, empty where nothing was measured. */
public final class CurvesFile {
    private static final CsvMapper CSV = CsvMapper.builder()
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

    private CurvesFile() {}

    /**
     * Replaces {@code file}, or leaves it untouched.
     *
     * @throws dev.inlay.error.StorageException if it cannot be written
     */
    public static void write(Path file, List<EpochRecord> curves) {
        try {
            String lines =
                    CSV.writer(CSV.schemaFor(EpochRecord.class).withHeader()).writeValueAsString(curves);
            AtomicFile.write(file, lines);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
