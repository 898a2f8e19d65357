package dev.inlay.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code metrics.json}: a {@link RunRecord} as JSON. Keys stand in the order of the record's components, absent values
 * have no key, and keys that this version does not know are passed over when read.
 */
public final class MetricsFile {
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
            .enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    private MetricsFile() {}

    /**
     * Replaces {@code file} by {@code run}, atomically.
     *
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public static void write(Path file, RunRecord run) {
        AtomicFile.write(file, json(run));
    }

    /** Returns a run, or a part of one, as the object that {@link #write} writes. */
    public static ObjectNode tree(Record part) {
        return JSON.valueToTree(part);
    }

    /** Returns a quality as the object that {@link #write} writes. */
    public static ObjectNode tree(Quality quality) {
        return JSON.valueToTree(quality);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws DataException if the file cannot be read or is not such a file; the message names the key
     */
    public static RunRecord read(Path file) {
        return parse(text(file), file.toString());
    }

    /**
     * The text of what {@link #write} wrote.
     *
     * @throws DataException if the file cannot be read
     */
    public static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + StorageException.reason(e), e);
        }
    }

    /**
     * Reads the text of such a file.
     *
     * @param source what error messages call it
     * @throws DataException if it is not such a text; the message names the key
     */
    public static RunRecord parse(String text, String source) {
        return parse(text, source, RunRecord.class, "the metrics.json of a run");
    }

    /**
     * @param kind what error messages say that it is not
     */
    static <R> R parse(String text, String source, Class<R> type, String kind) {
        try {
            return JSON.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(source, kind, e), e);
        }
    }

    static String json(Record record) {
        try {
            return JSON.writeValueAsString(record) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record must be expressible as JSON", e);
        }
    }
}
