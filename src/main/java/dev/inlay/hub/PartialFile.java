package dev.inlay.hub;

import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.file.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * A blob that is not complete yet, with the checksum of what is there. Failures of the disk are {@link InlayException}s,
 * so that nobody takes them for failures of the network.
 */
final class PartialFile implements AutoCloseable {
    private static final int READ_BYTES = 1 << 20;

    private final Path path;
    private final RemoteFile file;
    private final FileChannel channel;
    private MessageDigest digest;
    private long position;
    private boolean resumed;

    private PartialFile(Path path, RemoteFile file, FileChannel channel) {
        this.path = path;
        this.file = file;
        this.channel = channel;
        digest = file.etag().digest(file.size());
    }

    /**
     * Opens what an earlier attempt left, or a new file.
     *
     * @param path of the incomplete blob
     * @param file what it is to become
     * @throws InlayException if it cannot be written, or the disk has no room for the rest
     */
    static PartialFile open(Path path, RemoteFile file) {
        try {
            Files.createDirectories(path.getParent());
            FileChannel channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            PartialFile partial = new PartialFile(path, file, channel);
            try {
                partial.takeUp();
                partial.checkSpace();
                return partial;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw cannotWrite(path, e);
        }
    }

    private void takeUp() throws IOException {
        if (channel.size() > file.size()) {
            restart();
            return;
        }
        ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
        while (position < channel.size() && channel.read(buffer, position) > 0) {
            position += buffer.position();
            digest.update(buffer.flip());
            buffer.clear();
        }
        resumed = position > 0;
    }

    private void checkSpace() throws IOException {
        long free = Files.getFileStore(path.getParent()).getUsableSpace();
        long needed = file.size() - position;
        // some network file systems say 0 for "unknown"
        if (free > 0 && free < needed) {
            throw new InlayException("no room for " + file.name() + ": it needs " + Printable.bytes(needed) + ", and "
                    + path.getParent() + " has " + Printable.bytes(free)
                    + "; make room, or set HF_HUB_CACHE to a folder on another disk");
        }
    }

    /** How many bytes are there. */
    long position() {
        return position;
    }

    boolean isWhole() {
        return position == file.size();
    }

    /** Throws away what is there. */
    void restart() {
        try {
            channel.truncate(0);
        } catch (IOException e) {
            throw cannotWrite(path, e);
        }
        digest = file.etag().digest(file.size());
        position = 0;
        resumed = false;
    }

    /**
     * Adds bytes at the end.
     *
     * @throws DataException if they are more than the file has
     * @throws InlayException if the disk does not take them
     */
    void append(ByteBuffer bytes) {
        if (bytes.remaining() > file.size() - position) {
            restart();
            throw new DataException("the server sends more than the " + file.size() + " bytes that the hub says "
                    + file.name() + " has; try again later");
        }
        digest.update(bytes.duplicate());
        try {
            while (bytes.hasRemaining()) {
                position += channel.write(bytes, position);
            }
        } catch (IOException e) {
            throw cannotWrite(path, e);
        }
    }

    /**
     * Makes the whole file the blob, if its checksum is right; otherwise throws it away.
     *
     * @throws IOException if an earlier attempt's bytes may be to blame, so that another one may help
     * @throws DataException if all bytes are of this attempt
     */
    void becomes(Path blob) throws IOException {
        if (!file.etag().matches(digest)) {
            boolean mayBeStale = resumed;
            restart();
            String message = "the bytes of " + file.name() + " do not have the checksum that the hub says they have ("
                    + file.etag() + ")";
            if (mayBeStale) {
                throw new BusyException(message, Optional.empty());
            }
            throw new DataException(message + "; try again, or set HF_ENDPOINT to another mirror");
        }
        try {
            channel.force(true);
            channel.close();
            AtomicFile.rename(path, blob);
        } catch (IOException e) {
            throw cannotWrite(blob, e);
        }
    }

    private static InlayException cannotWrite(Path path, IOException e) {
        return new InlayException(
                "cannot write " + path + ": " + e.getMessage()
                        + "; check that the folder can be written and the disk has room, or set HF_HUB_CACHE to another",
                e);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw cannotWrite(path, e);
        }
    }
}
