package dev.inlay.engine;

import dev.inlay.error.Host;
import dev.inlay.error.InlayException;
import dev.inlay.error.StorageException;
import dev.inlay.file.FileLocks;
import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder that a command writes to, from however many machines. The command leaves a token in it; a piece is done only
 * where that token is read, and counts as finished only once the files of its result are there where the command reads.
 */
public final class SharedFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedFolder.class);

    /** NFS may keep what another machine wrote from this one for {@code acdirmax}, a minute. */
    private static final long LATE_SECONDS = 60;

    private static final long POLL_MILLIS = 500;

    private static final String PREFIX = ".inlay-";

    private final Token token;
    private final FileChannel locked;
    private final boolean made;

    private SharedFolder(Token token, FileChannel locked, boolean made) {
        this.token = token;
        this.locked = locked;
        this.made = made;
    }

    /**
     * Says which folder is meant.
     *
     * @param folder absolute
     * @param id the name and the content of a file that is in this folder and in no other
     */
    public record Token(String folder, String id) implements Serializable {
        @Serial
        private static final long serialVersionUID = 1L;

        private Path file() {
            return Path.of(folder, id);
        }

        /**
         * Asks whether this process sees the folder.
         *
         * @throws InlayException naming this machine and the folder, if it sees none, or another one in its place
         */
        public void require() {
            try {
                if (Files.readString(file()).equals(id)) {
                    return;
                }
            } catch (IOException e) {
                LOG.error("{} cannot be read", file(), e);
            }
            throw new InlayException(Host.name() + " does not see the folder " + folder
                    + " that this command writes to, or sees another one in its place; mount the same file system"
                    + " there, then rerun the same command to resume");
        }
    }

    /**
     * Leaves a token in a folder, which is made if need be, and removes those of commands that were killed.
     *
     * @throws InlayException if the folder cannot be written
     */
    public static SharedFolder open(Path folder) {
        Token token = new Token(folder.toAbsolutePath().toString(), PREFIX + UUID.randomUUID());
        boolean made = Files.notExists(folder);
        try {
            Files.createDirectories(folder);
            removeLeftovers(folder);
            FileChannel channel =
                    FileChannel.open(token.file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            requireOwn(channel);
            channel.write(ByteBuffer.wrap(token.id().getBytes(StandardCharsets.US_ASCII)));
            channel.force(true);
            return new SharedFolder(token, channel, made);
        } catch (IOException e) {
            throw new InlayException(
                    "cannot write to the folder " + folder + ": " + StorageException.reason(e)
                            + "; choose another --out, or make room",
                    e);
        }
    }

    private static void removeLeftovers(Path folder) throws IOException {
        try (DirectoryStream<Path> tokens = Files.newDirectoryStream(folder, PREFIX + "*")) {
            for (Path other : tokens) {
                try (FileChannel channel = FileChannel.open(other, StandardOpenOption.WRITE)) {
                    if (isOwn(channel)) {
                        Files.deleteIfExists(other);
                    }
                } catch (IOException e) {
                    LOG.debug("{} is left as it is", other, e);
                }
            }
        }
    }

    /** As long as the command lives, its token is locked, behind what is read of it. */
    private static boolean isOwn(FileChannel channel) throws IOException {
        return FileLocks.take(channel, Long.MAX_VALUE - 1, 1);
    }

    private static void requireOwn(FileChannel channel) throws IOException {
        if (!isOwn(channel)) {
            channel.close();
            throw new IOException("another command is looking at it");
        }
    }

    /** What a process reads that is to write to the folder. */
    public Token token() {
        return token;
    }

    /**
     * Has an engine do pieces that leave their results in this folder. One whose files do not come is failed.
     *
     * @throws InlayException as {@link Engine#run}
     */
    public <R extends Serializable> void run(
            Engine engine, List<? extends WorkItem<R>> items, Worker here, WorkListener<R> listener) {
        List<Placed<R>> placed = new ArrayList<>();
        for (WorkItem<R> item : items) {
            placed.add(new Placed<>(item, token));
        }
        Looking<R> looking = new Looking<>(listener);
        engine.run(placed, here, looking);
        looking.tellLate();
    }

    /**
     * Waits for files that another machine has written.
     *
     * @param files absolute
     * @return the first that does not come; null if all do
     */
    static String missing(List<String> files, long untilNanos) {
        for (String file : files) {
            while (!isThere(file)) {
                if (System.nanoTime() > untilNanos) {
                    return file;
                }
                try {
                    TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InlayException(
                            "interrupted while waiting for " + file + "; rerun the same command to resume", e);
                }
            }
        }
        return null;
    }

    /**
     * Refuses a result whose files are not here.
     *
     * @param host that said it had written them
     * @throws InlayException naming the machine and the file
     */
    public static void requireFiles(String host, List<String> files) {
        String missing = missing(files, soon());
        if (missing != null) {
            throw new InlayException(lost(host, missing));
        }
    }

    private static long soon() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(LATE_SECONDS);
    }

    private static boolean isThere(String file) {
        return Files.exists(Path.of(file));
    }

    private static String lost(String host, String file) {
        return host + " says that it has written " + file + ", which is not there where this command reads; see that "
                + host + " has the same file system mounted, then the same command does it again";
    }

    /** Passes on what becomes of pieces, but none as finished before its files are seen. */
    private static final class Looking<R extends Serializable> implements WorkListener<Placed.Result<R>> {
        private final WorkListener<R> listener;
        private final Map<Integer, Placed.Result<R>> late = new LinkedHashMap<>();

        Looking(WorkListener<R> listener) {
            this.listener = listener;
        }

        @Override
        public void begins(int piece) {
            listener.begins(piece);
        }

        @Override
        public void finished(int piece, Placed.Result<R> result) {
            if (result.files().stream().allMatch(SharedFolder::isThere)) {
                listener.finished(piece, result.told());
            } else {
                late.put(piece, result);
            }
        }

        @Override
        public void failed(int piece, String reason) {
            listener.failed(piece, reason);
        }

        void tellLate() {
            long until = soon();
            late.forEach((piece, result) -> {
                String missing = missing(result.files(), until);
                if (missing == null) {
                    listener.finished(piece, result.told());
                } else {
                    listener.failed(piece, lost(result.host(), missing));
                }
            });
        }
    }

    /** Takes the token away, and the folder, where this made it and nothing came into it. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(token.file());
            locked.close();
            if (made) {
                Files.delete(Path.of(token.folder()));
            }
        } catch (DirectoryNotEmptyException e) {
            // the results
        } catch (IOException e) {
            LOG.warn("cannot delete {}: {}", token.file(), e.toString());
        }
    }
}
