package dev.inlay.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;

/** A JSON object a line. */
public final class JsonLines implements PredictionFormat {
    static final String NAME = "json";

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .build();
    private static final ObjectWriter ROWS = JSON.writerFor(PredictionRow.class);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String suffix() {
        return ".jsonl";
    }

    /** The line of a row, without its end. */
    public static String line(PredictionRow row) {
        try {
            return ROWS.writeValueAsString(row);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a row is JSON", e);
        }
    }

    @Override
    public void write(Path file, Consumer<Consumer<PredictionRow>> rows) {
        AtomicFile.write(file, channel -> {
            BufferedWriter out = new BufferedWriter(Channels.newWriter(channel, UTF_8));
            rows.accept(row -> append(out, row, file));
            out.flush();
        });
    }

    private static void append(BufferedWriter out, PredictionRow row, Path file) {
        try {
            out.write(line(row));
            out.write('\n');
        } catch (IOException e) {
            throw new InlayException(
                    "cannot write " + file + ": " + e.getMessage() + "; check that the disk has room", e);
        }
    }

    @Override
    public void rows(Path file, Consumer<PredictionRow> each) {
        forEachLine(file, line -> each.accept(JSON.readValue(line, PredictionRow.class)));
    }

    @Override
    public Set<String> paths(Path file) {
        Set<String> paths = new LinkedHashSet<>();
        forEachLine(file, line -> {
            JsonNode path = JSON.readTree(line).path("path");
            if (!path.isTextual()) {
                throw JsonMappingException.from((JsonParser) null, "without a path");
            }
            paths.add(path.textValue());
        });
        return paths;
    }

    @Override
    public boolean isOfBefore(Path file) {
        // a file is written as a whole, so its first row that is no error tells
        try (BufferedReader in = Files.newBufferedReader(file)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                JsonNode row = JSON.readTree(line);
                if (row.has("label")) {
                    return row.has(PredictionRow.INDEX_BEFORE);
                }
            }
            return false;
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private interface EachLine {
        void accept(String line) throws JsonProcessingException;
    }

    private static void forEachLine(Path file, EachLine each) {
        int number = 0;
        try (BufferedReader in = Files.newBufferedReader(file)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                number++;
                each.accept(line);
            }
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(file + " line " + number, "a row of predictions", e), e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + StorageException.reason(e), e);
        }
    }
}
