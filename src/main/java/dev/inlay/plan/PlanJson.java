package dev.inlay.plan;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import dev.inlay.file.HandWritten;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Plans as JSON files, documented in {@code docs/plan-format.md}. Writing and reading back gives an equal plan. */
public final class PlanJson {
    private static final long MAX_FILE_BYTES = 1L << 28;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private PlanJson() {}

    /**
     * Replaces {@code file} by the plan.
     *
     * @throws InlayException if it cannot be written
     */
    public static void write(Path file, Plan plan) {
        AtomicFile.write(file, text(plan));
    }

    /**
     * Reads a plan, refusing whatever {@link #write} would not write.
     *
     * @throws DataException naming the file, the key, what was expected and what was found
     */
    public static Plan read(Path file) {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new DataException(file + ": " + Files.size(file) + " bytes are too many for a plan (at most "
                        + MAX_FILE_BYTES + ")");
            }
            return parse(HandWritten.read(file), file.toString());
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + StorageException.reason(e), e);
        }
    }

    /** The plan as JSON text with a line feed at its end; equal plans give equal text. */
    public static String text(Plan plan) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.setPrettyPrinter(new ReadableLayout());
            PlanWriter.write(json, plan);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.append('\n').toString();
    }

    /** The plan as a JSON object, the same as {@link #text}. */
    public static ObjectNode tree(Plan plan) {
        try (TokenBuffer json = new TokenBuffer(JSON, false)) {
            PlanWriter.write(json, plan);
            return JSON.readTree(json.asParser());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The plan that {@link #text} wrote.
     *
     * @param source the file or other origin of the text, for messages
     * @throws DataException as {@link #read}
     */
    public static Plan parse(String text, String source) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(source, "a plan in JSON", e), e);
        }
        return plan(root, source);
    }

    /**
     * The plan that {@link #tree} gave.
     *
     * @param source the file or other origin of the object, for messages
     * @throws DataException as {@link #read}
     */
    public static Plan plan(JsonNode root, String source) {
        try {
            return PlanReader.plan(root, source);
        } catch (IllegalArgumentException | ConfigException e) {
            throw new DataException(source + ": " + e.getMessage(), e);
        }
    }
}
