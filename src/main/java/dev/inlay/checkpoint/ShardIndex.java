package dev.inlay.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The {@code weight_map} of an index: which file holds which tensor. Written by transformers' {@code save_pretrained} as
 * {@code model.safetensors.index.json}.
 */
final class ShardIndex {
    static final int MAX_BYTES = 16 << 20;
    static final int MAX_TENSORS = 100_000;
    static final int MAX_FILES = 1_000;

    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,199}");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ShardIndex() {}

    /**
     * Name of tensor to name of file, in the order of the index.
     *
     * @throws DataException if the index cannot be read, is larger than {@value #MAX_BYTES} bytes, lists more than
     *     {@value #MAX_TENSORS} tensors or {@value #MAX_FILES} files, or a file that does not lie beside it
     */
    static Map<String, String> read(Path index) {
        JsonNode map = json(index).path("weight_map");
        if (!map.isObject() || map.isEmpty() || map.size() > MAX_TENSORS) {
            throw refuse(
                    index,
                    "an object with 1 to " + MAX_TENSORS + " tensors",
                    map.isObject() ? map.size() + " of them" : "no such object");
        }
        Map<String, String> files = new LinkedHashMap<>();
        map.properties().forEach(entry -> {
            String file = entry.getValue().isTextual() ? entry.getValue().textValue() : "";
            if (!FILE_NAME.matcher(file).matches() || file.endsWith(Checkpoint.INDEX_SUFFIX)) {
                throw refuse(index, "names of files beside it", "another value for a tensor");
            }
            files.put(entry.getKey(), file);
        });
        int count = new HashSet<>(files.values()).size();
        if (count > MAX_FILES) {
            throw refuse(index, "at most " + MAX_FILES + " files", count + " of them");
        }
        return files;
    }

    private static JsonNode json(Path index) {
        try {
            long size = Files.size(index);
            if (size > MAX_BYTES) {
                throw new DataException(
                        index + ": expected an index of at most " + MAX_BYTES + " bytes, found " + size);
            }
            return JSON.readTree(Files.readAllBytes(index));
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(index.toString(), "JSON with a weight_map", e), e);
        } catch (NoSuchFileException e) {
            throw new DataException(index + ": expected the index of a checkpoint, found no file; check the path", e);
        } catch (IOException e) {
            throw new DataException(index + ": cannot be read: " + StorageException.reason(e), e);
        }
    }

    private static DataException refuse(Path index, String expected, String found) {
        return new DataException(index + ": weight_map: expected " + expected + ", found " + found);
    }
}
