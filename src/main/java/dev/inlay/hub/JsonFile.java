package dev.inlay.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small JSON files that were pulled. */
final class JsonFile {
    /** An index has a line per tensor: some 100 bytes each. */
    private static final long MAX = 16 << 20;

    private JsonFile() {}

    /**
     * @throws DataException if it is not JSON or too long
     * @throws InlayException if it cannot be read
     */
    static JsonNode read(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX) {
                throw new DataException(file + ": expected at most " + MAX + " bytes of JSON, found " + size);
            }
            return new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(file.toString(), "JSON", e), e);
        } catch (IOException e) {
            throw new InlayException("cannot read " + file + ": " + StorageException.reason(e), e);
        }
    }
}
