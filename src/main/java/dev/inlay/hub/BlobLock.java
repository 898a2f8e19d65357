package dev.inlay.hub;

import dev.inlay.error.InlayException;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Held by the one thread of all processes that writes a blob; a process that dies lets go of it. */
final class BlobLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobLock.class);
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(100);

    /** A file lock belongs to the process; this tells its threads apart. */
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private BlobLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Waits for a lock, however long: whoever holds it may be fetching gigabytes.
     *
     * @throws InlayException if the file cannot be locked
     */
    static BlobLock take(Path file, Timing timing) {
        waitUntil(() -> HELD_HERE.add(file), file, timing);
        FileChannel channel = null;
        boolean taken = false;
        try {
            Files.createDirectories(file.getParent());
            FileChannel opened = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel = opened;
            waitUntil(() -> tryLock(opened, file), file, timing);
            taken = true;
            return new BlobLock(file, opened);
        } catch (IOException e) {
            throw cannot(file, e);
        } finally {
            if (!taken) {
                release(file, channel);
            }
        }
    }

    private static boolean tryLock(FileChannel channel, Path file) {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (IOException e) {
            throw cannot(file, e);
        }
    }

    private interface Try {
        boolean succeeds();
    }

    private static void waitUntil(Try attempt, Path file, Timing timing) {
        boolean said = false;
        while (!attempt.succeeds()) {
            if (!said) {
                LOG.warn("waiting for another download of the same file, which holds {}", file);
                said = true;
            }
            timing.pause(BETWEEN_TRIES);
        }
    }

    private static InlayException cannot(Path file, IOException e) {
        return new InlayException(
                "cannot lock " + file + ": " + StorageException.reason(e)
                        + "; set HF_HUB_CACHE to a folder where files can be" + " written and locked",
                e);
    }

    @Override
    public void close() {
        release(file, channel);
    }

    private static void release(Path file, FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.info("cannot close {}", file, e);
        } finally {
            HELD_HERE.remove(file);
        }
    }
}
