package dev.inlay.checkpoint.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.function.Supplier;

/**
 * A tensor to be written: what it is, and how to produce its bytes when their turn comes.
 *
 * @param info name, element type and shape
 * @param content writes exactly {@link TensorInfo#byteLength} bytes
 */
public record TensorEntry(TensorInfo info, Content content) {
    private static final int CHUNK_BYTES = 1 << 18;

    /** Writes the elements of a tensor, little-endian and row-major. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes all elements.
         *
         * @param out takes as many bytes as the tensor has
         * @throws IOException if writing fails
         */
        void writeTo(WritableByteChannel out) throws IOException;
    }

    /** An F32 tensor of the given elements and sizes. */
    public static TensorEntry floats(String name, float[] elements, long... shape) {
        return floats(name, () -> elements, shape);
    }

    /** An F32 tensor whose elements are asked for when they are written, and may be forgotten after. */
    public static TensorEntry floats(String name, Supplier<float[]> elements, long... shape) {
        return new TensorEntry(TensorInfo.of(name, Dtype.F32, shape), out -> {
            float[] all = elements.get();
            writeChunks(out, all.length, Float.BYTES, (chunk, at, count) -> chunk.asFloatBuffer()
                    .put(all, at, count));
        });
    }

    /** An I64 tensor of the given elements and sizes. */
    public static TensorEntry longs(String name, long[] elements, long... shape) {
        return new TensorEntry(
                TensorInfo.of(name, Dtype.I64, shape),
                out -> writeChunks(out, elements.length, Long.BYTES, (chunk, at, count) -> chunk.asLongBuffer()
                        .put(elements, at, count)));
    }

    /** An I32 tensor of the given elements and sizes. */
    public static TensorEntry ints(String name, int[] elements, long... shape) {
        return new TensorEntry(
                TensorInfo.of(name, Dtype.I32, shape),
                out -> writeChunks(out, elements.length, Integer.BYTES, (chunk, at, count) -> chunk.asIntBuffer()
                        .put(elements, at, count)));
    }

    /**
     * A tensor of any element type, from bytes in the order of the file. The buffer is asked for when it is written;
     * its bytes from position to limit are taken and its position is left alone.
     */
    public static TensorEntry bytes(TensorInfo info, Supplier<ByteBuffer> elements) {
        return new TensorEntry(info, out -> writeFully(out, elements.get().duplicate()));
    }

    static void writeFully(WritableByteChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private interface ChunkWriter {
        void put(ByteBuffer chunk, int at, int count);
    }

    private static void writeChunks(WritableByteChannel out, int elements, int elementBytes, ChunkWriter writer)
            throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min((long) elements * elementBytes, CHUNK_BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        int perChunk = chunk.capacity() / elementBytes;
        for (int at = 0; at < elements; at += perChunk) {
            int count = Math.min(perChunk, elements - at);
            chunk.clear().limit(count * elementBytes);
            writer.put(chunk, at, count);
            writeFully(out, chunk);
        }
    }
}
