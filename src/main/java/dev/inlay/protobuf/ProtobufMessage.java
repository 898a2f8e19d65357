package dev.inlay.protobuf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message of Protocol Buffers. Its fields are written in the order in which they are added, so equal calls give equal bytes; large
 * contents are asked for when their turn comes.
 *
 * <p>Source: <a href="https://protobuf.dev/programming-guides/encoding/">Encoding</a> of Protocol Buffers.
 */
public final class ProtobufMessage {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;
    private static final int TYPE_BITS = 3;
    private static final int VARINT_BITS = 7;
    private static final int MORE = 1 << VARINT_BITS;

    private final List<Part> parts = new ArrayList<>();
    private final ByteArrayOutputStream last = new ByteArrayOutputStream();
    private long partsSize;

    /** Writes a content whose length is known beforehand. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes all bytes.
         *
         * @throws IOException if writing fails
         */
        void writeTo(WritableByteChannel out) throws IOException;
    }

    private record Part(long size, Content content) {}

    /** Adds an {@code int32}, {@code int64}, {@code bool} or an enum's number. */
    public ProtobufMessage varint(int field, long value) {
        tag(field, VARINT);
        varint(value);
        return this;
    }

    /** Adds a {@code float}. */
    public ProtobufMessage float32(int field, float value) {
        tag(field, FIXED32);
        last.writeBytes(little(Float.BYTES).putFloat(value).array());
        return this;
    }

    /** Adds a {@code double}. */
    public ProtobufMessage float64(int field, double value) {
        tag(field, FIXED64);
        last.writeBytes(little(Double.BYTES).putDouble(value).array());
        return this;
    }

    /** Adds a {@code string}, in UTF-8. */
    public ProtobufMessage string(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds {@code bytes}. */
    public ProtobufMessage bytes(int field, byte[] bytes) {
        begin(field, bytes.length);
        last.writeBytes(bytes);
        return this;
    }

    /**
     * Adds {@code bytes} that are not held in memory.
     *
     * @param length how many they are
     * @param content writes exactly so many
     */
    public ProtobufMessage bytes(int field, long length, Content content) {
        begin(field, length);
        flush();
        add(new Part(length, content));
        return this;
    }

    /** Adds a message as it is now. */
    public ProtobufMessage message(int field, ProtobufMessage inner) {
        begin(field, inner.size());
        flush();
        inner.flush();
        inner.parts.forEach(this::add);
        return this;
    }

    /** Returns its length in bytes. */
    public long size() {
        return partsSize + last.size();
    }

    /**
     * Writes it.
     *
     * @throws IOException if writing fails
     */
    public void writeTo(WritableByteChannel out) throws IOException {
        flush();
        for (Part part : parts) {
            part.content.writeTo(out);
        }
    }

    /**
     * Writes all bytes of an array.
     *
     * @throws IOException if writing fails
     */
    public static void write(byte[] bytes, WritableByteChannel out) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }

    private void begin(int field, long length) {
        tag(field, LENGTH_DELIMITED);
        varint(length);
    }

    private void tag(int field, int type) {
        varint((long) field << TYPE_BITS | type);
    }

    private void varint(long value) {
        long left = value;
        while ((left & -MORE) != 0) {
            last.write((int) left & MORE - 1 | MORE);
            left >>>= VARINT_BITS;
        }
        last.write((int) left);
    }

    private void flush() {
        if (last.size() > 0) {
            byte[] bytes = last.toByteArray();
            last.reset();
            add(new Part(bytes.length, out -> write(bytes, out)));
        }
    }

    private void add(Part part) {
        parts.add(part);
        partsSize += part.size;
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
