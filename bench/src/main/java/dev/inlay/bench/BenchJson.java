package dev.inlay.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reports as JSON files, and what workers are asked and answer as lines of JSON. Absent values have no key. */
public final class BenchJson {
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    private BenchJson() {}

    /**
     * Replaces {@code file} by a report.
     *
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public static void write(Path file, BenchReport report) {
        try {
            AtomicFile.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(report) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report must be expressible as JSON", e);
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws DataException if the file cannot be read or is no such report; the message names the key
     */
    public static BenchReport read(Path file) {
        try {
            return parse(Files.readString(file), BenchReport.class, file.toString());
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + StorageException.reason(e), e);
        }
    }

    /** A value as one line. */
    static String line(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what workers say must be expressible as JSON", e);
        }
    }

    static <T> T parse(String text, Class<T> type, String source) {
        try {
            return JSON.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(source, "what inlay bench wrote", e), e);
        }
    }
}
