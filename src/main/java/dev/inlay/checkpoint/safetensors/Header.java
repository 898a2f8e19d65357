package dev.inlay.checkpoint.safetensors;

import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each tensor of a file lies, checked against the file: a u64 length, that many bytes of JSON, then the tensors
 * without gap or overlap up to the last byte.
 *
 * @param metadata the string pairs of the file, in its order
 * @param tensors the tensors by name, in the order of their bytes
 */
record Header(Map<String, String> metadata, Map<String, Located> tensors) {
    /**
     * @param info what the tensor is
     * @param position its first byte, counted from the start of the file
     */
    record Located(TensorInfo info, long position) {}

    static final int LENGTH_BYTES = Long.BYTES;
    static final int MAX_BYTES = 100_000_000;

    Header {
        metadata = Collections.unmodifiableMap(metadata);
        tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * @param file the name for messages
     * @throws DataException at the first departure from the format; nothing is allocated on the word of a length that
     *     exceeds the file or the cap of {@value #MAX_BYTES} bytes
     * @throws IOException if the channel cannot be read
     */
    static Header read(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < LENGTH_BYTES) {
            throw new DataException(file + ": expected at least " + LENGTH_BYTES + " bytes, found " + size
                    + "; the file is cut short or not a safetensors file");
        }
        long length = read(file, channel, 0, LENGTH_BYTES).getLong(0);
        if (Long.compareUnsigned(length, MAX_BYTES) > 0) {
            throw new DataException(file + ": header length: expected at most " + MAX_BYTES + " bytes, found "
                    + Long.toUnsignedString(length) + "; the file is damaged or not a safetensors file");
        }
        long dataStart = LENGTH_BYTES + length;
        if (dataStart > size) {
            throw new DataException(file + ": header length: expected at most the " + (size - LENGTH_BYTES)
                    + " bytes that follow it, found " + length + "; the file is cut short or not a safetensors file");
        }
        byte[] json = read(file, channel, LENGTH_BYTES, (int) length).array();
        if (json.length == 0 || json[0] != '{') {
            throw new DataException(file + ": header: expected it to begin with '{', found "
                    + (json.length == 0 ? "nothing" : "byte " + (json[0] & 0xff)) + "; not a safetensors file");
        }
        HeaderParser parser = new HeaderParser(file);
        parser.parse(json);
        return new Header(parser.metadata(), locate(file, parser.tensors(), dataStart, size));
    }

    private static Map<String, Located> locate(
            Path file, List<HeaderParser.Declared> declared, long dataStart, long fileSize) {
        List<HeaderParser.Declared> ordered = new ArrayList<>(declared);
        ordered.sort(
                Comparator.comparingLong(HeaderParser.Declared::begin).thenComparingLong(HeaderParser.Declared::end));
        Map<String, Located> tensors = new LinkedHashMap<>();
        long dataSize = fileSize - dataStart;
        long filled = 0;
        for (HeaderParser.Declared tensor : ordered) {
            if (tensor.end() < tensor.begin() || tensor.end() > dataSize) {
                throw refuse(
                        file,
                        tensor,
                        "a range within the " + dataSize + " bytes after the header",
                        "; the file is cut short or damaged");
            }
            if (tensor.end() - tensor.begin() != tensor.info().byteLength()) {
                TensorInfo info = tensor.info();
                throw refuse(file, tensor, info.byteLength() + " bytes for " + info.dtype() + " " + info.shape(), "");
            }
            if (tensor.begin() != filled) {
                String fault = tensor.begin() < filled ? "without overlap" : "without a gap";
                throw refuse(
                        file, tensor, "the tensor to begin at " + filled + ", where the one before ends, " + fault, "");
            }
            filled = tensor.end();
            tensors.put(tensor.info().name(), new Located(tensor.info(), dataStart + tensor.begin()));
        }
        if (filled != dataSize) {
            throw new DataException(file + ": expected the tensors to fill the " + dataSize
                    + " bytes after the header, found " + (dataSize - filled) + " bytes that belong to none");
        }
        return tensors;
    }

    private static DataException refuse(Path file, HeaderParser.Declared tensor, String expected, String advice) {
        return new DataException(file + ": tensor "
                + HeaderParser.quoted(tensor.info().name())
                + ": data_offsets: expected " + expected + ", found [" + tensor.begin() + ", " + tensor.end() + "]"
                + advice);
    }

    /** What a file says the length of its header is; 0 if it is too short to say. */
    static long length(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {}
        return bytes.hasRemaining() ? 0 : bytes.getLong(0);
    }

    /** Exactly {@code count} bytes from {@code position}, little-endian, positioned at 0. */
    private static ByteBuffer read(Path file, FileChannel channel, long position, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        readFully(file, channel, position, bytes);
        return bytes;
    }

    /**
     * Fills the rest of {@code bytes} from {@code position} and flips it.
     *
     * @throws DataException if the file ends before
     * @throws IOException if the channel cannot be read
     */
    static void readFully(Path file, FileChannel channel, long position, ByteBuffer bytes) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            int read = channel.read(bytes, at);
            if (read < 0) {
                throw new DataException(file + ": expected " + bytes.remaining() + " more bytes at " + at
                        + ", found the end; the file was changed while it was read");
            }
            at += read;
        }
        bytes.flip();
    }
}
