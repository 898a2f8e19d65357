package dev.inlay.checkpoint.pth;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The layout before torch 1.6: pickles of a magic number, a version, the machine, the value and the keys of its
 * storages, then for each key the number of elements (int64) and the elements.
 */
final class LegacyContainer implements Container {
    /** The first pickle of every such file. */
    static final byte[] MAGIC = HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa850192e");

    private static final int VERSION = 1001;

    private final FileChannel channel;
    private final Object content;
    private final Map<String, Integer> passedOver;
    private final Map<String, Long> positions = new HashMap<>();

    private LegacyContainer(FileChannel channel) throws IOException {
        this.channel = channel;
        byte[] head =
                read(0, (int) Math.min(channel.size(), TensorPickle.MAX_BYTES)).array();
        ByteArrayInputStream in = new ByteArrayInputStream(head, MAGIC.length, head.length - MAGIC.length);
        Object version = new TensorPickle(in).read();
        if (!(version instanceof Number number) || number.longValue() != VERSION) {
            throw new PthException("expected version " + VERSION + " of the format before torch 1.6, found another");
        }
        if (!(new TensorPickle(in).read() instanceof Map<?, ?> machine)
                || !Boolean.TRUE.equals(machine.get("little_endian"))) {
            throw new PthException("expected numbers in little-endian order, found a file that does not say so;"
                    + " save it anew on another machine");
        }
        TensorPickle pickle = new TensorPickle(in);
        content = pickle.read();
        passedOver = pickle.passedOver();
        if (!pickle.otherStorages().isEmpty()) {
            throw new PthException(
                    "expected storages of plain numbers, found " + String.join(", ", pickle.otherStorages())
                            + ", behind which nothing can be found in this older layout; save the weights as float32 anew");
        }
        Object keys = new TensorPickle(in).read();
        locate(pickle.storages(), keys, head.length - in.available());
    }

    static LegacyContainer open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return new LegacyContainer(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void locate(Map<String, Storage> storages, Object keys, long from) throws IOException {
        if (!(keys instanceof List<?> list) || list.size() != storages.size()) {
            throw new PthException("expected the keys of " + storages.size()
                    + " storages, found others; the file is damaged, get it again");
        }
        long at = from;
        for (Object key : list) {
            Storage storage = key instanceof String ? storages.get(key) : null;
            if (storage == null || positions.containsKey(storage.key())) {
                throw new PthException("expected the key of a storage once, found another");
            }
            long room = channel.size() - at - Long.BYTES;
            if (room < 0) {
                Container.requireSize(storage, -1);
            }
            long elements = read(at, Long.BYTES).getLong();
            if (elements != storage.elements()) {
                throw new PthException("storage '" + PthException.shown(storage.key()) + "': expected "
                        + storage.elements() + " elements, found " + elements + "; the file is damaged, get it again");
            }
            Container.requireSize(storage, Math.min(room, storage.bytes()));
            positions.put(storage.key(), at + Long.BYTES);
            at += Long.BYTES + storage.bytes();
        }
    }

    @Override
    public Object content() {
        return content;
    }

    @Override
    public Map<String, Integer> passedOver() {
        return passedOver;
    }

    @Override
    public InputStream bytes(Storage storage, long skip) throws IOException {
        channel.position(positions.get(storage.key()) + skip);
        return new FilterInputStream(Channels.newInputStream(channel)) {
            @Override
            public void close() {
                // the channel is closed with the container
            }
        };
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private ByteBuffer read(long position, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining() && channel.read(bytes, position + bytes.position()) >= 0) {}
        return bytes.flip();
    }
}
