package dev.inlay.tensorboard;

import dev.inlay.error.InlayException;
import dev.inlay.error.StorageException;
import dev.inlay.protobuf.ProtobufMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A file of scalars that grows. Opened again, it continues behind its last whole record, and a step that a tag has already is not added a
 * second time.
 *
 * <p>Source: {@code event.proto} and {@code summary.proto} of
 * <a href="https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto">TensorBoard</a>, whose field numbers the constants
 * have, and <a href="https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details">the format of TFRecord</a>.
 */
final class EventFile implements AutoCloseable {
    /** TensorBoard reads files whose names contain {@code tfevents}. */
    static final String NAME = "events.out.tfevents.inlay";

    private static final int EVENT_WALL_TIME = 1;
    private static final int EVENT_STEP = 2;
    private static final int EVENT_FILE_VERSION = 3;
    private static final int EVENT_SUMMARY = 5;
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE = 2;
    private static final int LENGTH_BYTES = Long.BYTES;
    private static final int CHECKSUM_BYTES = Integer.BYTES;
    private static final int CHECKSUM_ROTATION = 15;
    private static final int CHECKSUM_OFFSET = 0xa282ead8;
    private static final int MAX_RECORD = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final Clock clock;
    private final Map<String, Long> lastSteps = new HashMap<>();

    private EventFile(Path file, FileChannel channel, Clock clock) {
        this.file = file;
        this.channel = channel;
        this.clock = clock;
    }

    /**
     * Opens the file of a folder, or makes it.
     *
     * @param clock of the events
     * @throws StorageException if it cannot be read or written
     * @throws InlayException if it holds something that was not written here
     */
    static EventFile in(Path folder, Clock clock) {
        Path file = folder.resolve(NAME);
        try {
            Files.createDirectories(folder);
            EventFile events = new EventFile(
                    file,
                    FileChannel.open(
                            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    clock);
            events.continueBehind();
            return events;
        } catch (IOException e) {
            throw new StorageException(file, e);
        }
    }

    /** Goes behind the last whole record; what a killed process left after it is cut off. */
    private void continueBehind() throws IOException {
        long end = 0;
        ByteBuffer head = ByteBuffer.allocate(LENGTH_BYTES + CHECKSUM_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (read(head.clear(), end)) {
            long length = head.getLong(0);
            if (length < 0
                    || length > MAX_RECORD
                    || checksum(head.array(), LENGTH_BYTES) != head.getInt(LENGTH_BYTES)) {
                throw new InlayException(
                        file + ": expected a record of TensorBoard at byte " + end + ", found none; delete the file");
            }
            ByteBuffer data = ByteBuffer.allocate((int) length + CHECKSUM_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            if (!read(data, end + head.capacity())) {
                break;
            }
            note(data.limit((int) length).rewind());
            end += head.capacity() + data.capacity();
        }
        channel.truncate(end).position(end);
        if (end == 0) {
            append(new ProtobufMessage().float64(EVENT_WALL_TIME, now()).string(EVENT_FILE_VERSION, "brain.Event:2"));
        }
    }

    private boolean read(ByteBuffer into, long at) throws IOException {
        long from = at;
        while (into.hasRemaining()) {
            int count = channel.read(into, from);
            if (count < 0) {
                return false;
            }
            from += count;
        }
        return true;
    }

    /** Remembers the step of an event, whose fields come in the order of {@link #scalar}. */
    private void note(ByteBuffer event) {
        event.position(1 + Double.BYTES);
        if (event.get() != (byte) (EVENT_STEP << 3)) {
            return;
        }
        long step = varint(event);
        event.get();
        varint(event);
        event.get();
        varint(event);
        event.get();
        byte[] tag = new byte[(int) varint(event)];
        event.get(tag);
        lastSteps.put(new String(tag, StandardCharsets.UTF_8), step);
    }

    private static long varint(ByteBuffer bytes) {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = bytes.get();
            value |= (long) (next & 0x7f) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }

    /**
     * Adds a number, unless the tag has that step.
     *
     * @throws StorageException if it cannot be written
     */
    void scalar(String tag, long step, double value) {
        if (step <= lastSteps.getOrDefault(tag, -1L)) {
            return;
        }
        lastSteps.put(tag, step);
        ProtobufMessage number = new ProtobufMessage().string(VALUE_TAG, tag).float32(VALUE_SIMPLE, (float) value);
        try {
            append(new ProtobufMessage()
                    .float64(EVENT_WALL_TIME, now())
                    .varint(EVENT_STEP, step)
                    .message(EVENT_SUMMARY, new ProtobufMessage().message(SUMMARY_VALUE, number)));
        } catch (IOException e) {
            throw new StorageException(file, e);
        }
    }

    private void append(ProtobufMessage event) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        event.writeTo(Channels.newChannel(bytes));
        byte[] data = bytes.toByteArray();
        ByteBuffer record = ByteBuffer.allocate(LENGTH_BYTES + CHECKSUM_BYTES + data.length + CHECKSUM_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(data.length);
        record.putInt(checksum(record.array(), LENGTH_BYTES)).put(data).putInt(checksum(data, data.length));
        ProtobufMessage.write(record.array(), channel);
    }

    /** TFRecord's masked CRC-32C. */
    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return Integer.rotateRight((int) crc.getValue(), CHECKSUM_ROTATION) + CHECKSUM_OFFSET;
    }

    private double now() {
        return clock.millis() * 1e-3;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new StorageException(file, e);
        }
    }
}
