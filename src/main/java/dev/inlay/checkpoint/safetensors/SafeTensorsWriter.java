package dev.inlay.checkpoint.safetensors;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.inlay.error.InlayException;
import dev.inlay.file.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes safetensors files. Equal tensors and metadata give equal bytes: metadata sorted by key, tensors in the given
 * order, the header padded with spaces to a multiple of 8.
 *
 * <p>Format: <a href="https://github.com/huggingface/safetensors#format">huggingface/safetensors</a>. It allows no gap
 * between tensors, so a wide element type after an odd number of narrow elements lies off its own grid; every reader
 * copes, but {@link SafeTensorsFile#buffer} then copies. Give the widest element type first where that matters.
 */
public final class SafeTensorsWriter {
    private static final JsonFactory JSON = new JsonFactory();

    private SafeTensorsWriter() {}

    /**
     * Replaces {@code file} by one that holds {@code tensors}, or leaves it untouched. The bytes are asked for and
     * written one tensor after the other.
     *
     * @param tensors in the order of the file; names must differ
     * @param metadata string pairs; left out of the file if empty
     * @throws InlayException if the file cannot be written
     * @throws IllegalArgumentException if two tensors have one name, metadata is not Unicode text, a tensor does not
     *     deliver the bytes that its shape asks for, or the header exceeds what {@link SafeTensorsFile#open} accepts
     */
    public static void write(Path file, List<TensorEntry> tensors, Map<String, String> metadata) {
        AtomicFile.write(file, out -> {
            byte[] header = header(tensors, metadata);
            ByteBuffer start = ByteBuffer.allocate(Header.LENGTH_BYTES + header.length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .put(header)
                    .flip();
            TensorEntry.writeFully(out, start);
            for (TensorEntry tensor : tensors) {
                writeTensor(out, tensor);
            }
        });
    }

    private static void writeTensor(FileChannel out, TensorEntry tensor) throws IOException {
        long before = out.position();
        tensor.content().writeTo(out);
        long written = out.position() - before;
        TensorInfo info = tensor.info();
        if (written != info.byteLength()) {
            throw new IllegalArgumentException("tensor '" + info.name() + "': expected " + info.byteLength()
                    + " bytes for " + info.dtype() + " " + info.shape() + ", found " + written);
        }
    }

    private static byte[] header(List<TensorEntry> tensors, Map<String, String> metadata) throws IOException {
        if (tensors.size() > HeaderParser.MAX_TENSORS) {
            throw new IllegalArgumentException(
                    "expected at most " + HeaderParser.MAX_TENSORS + " tensors, found " + tensors.size());
        }
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator generator = JSON.createGenerator(json, JsonEncoding.UTF8)) {
            generator.writeStartObject();
            if (!metadata.isEmpty()) {
                writeMetadata(generator, metadata);
            }
            Set<String> names = new HashSet<>();
            long begin = 0;
            for (TensorEntry tensor : tensors) {
                if (!names.add(tensor.info().name())) {
                    throw new IllegalArgumentException("expected different names, found two tensors '"
                            + tensor.info().name() + "'");
                }
                writeInfo(generator, tensor.info(), begin);
                begin = Math.addExact(begin, tensor.info().byteLength());
            }
            generator.writeEndObject();
        }
        while (json.size() % Long.BYTES != 0) {
            json.write(' ');
        }
        if (json.size() > Header.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "expected a header of at most " + Header.MAX_BYTES + " bytes, found " + json.size());
        }
        return json.toByteArray();
    }

    private static void writeMetadata(JsonGenerator generator, Map<String, String> metadata) throws IOException {
        generator.writeObjectFieldStart(TensorInfo.METADATA_KEY);
        CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();
        for (Map.Entry<String, String> pair : new TreeMap<>(Map.copyOf(metadata)).entrySet()) {
            if (!utf8.canEncode(pair.getKey()) || !utf8.canEncode(pair.getValue())) {
                throw new IllegalArgumentException("metadata " + HeaderParser.quoted(pair.getKey())
                        + ": expected Unicode text, found a surrogate without its other half");
            }
            generator.writeStringField(pair.getKey(), pair.getValue());
        }
        generator.writeEndObject();
    }

    private static void writeInfo(JsonGenerator generator, TensorInfo info, long begin) throws IOException {
        generator.writeObjectFieldStart(info.name());
        generator.writeStringField("dtype", info.dtype().name());
        generator.writeFieldName("shape");
        long[] sizes = info.sizes();
        generator.writeArray(sizes, 0, sizes.length);
        generator.writeFieldName("data_offsets");
        generator.writeArray(new long[] {begin, begin + info.byteLength()}, 0, 2);
        generator.writeEndObject();
    }
}
