package dev.inlay.file;

import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file under a temporary name, flushes it to disk, renames it and flushes the directory. */
public final class AtomicFile {
    private static final String TEMPORARY = ".tmp";

    /** Processes in containers on one folder may have one number. */
    private static final String PROCESS =
            ProcessHandle.current().pid() + "-" + UUID.randomUUID().toString().substring(0, 8);

    private AtomicFile() {}

    /** Writes the content of a file to a channel positioned at 0. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes the whole content.
         *
         * @param out the temporary file, open for writing
         * @throws IOException if writing fails; the target stays as it was
         */
        void writeTo(FileChannel out) throws IOException;
    }

    /**
     * Replaces {@code target} by what {@code content} writes, or leaves it untouched.
     *
     * @throws StorageException if the folder cannot be written or the disk is full; nothing is left behind
     */
    public static void write(Path target, Content content) {
        Path absolute = target.toAbsolutePath();
        Path folder = absolute.getParent();
        Path temporary = temporary(absolute);
        try {
            Files.createDirectories(folder);
            try (FileChannel out = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                content.writeTo(out);
                out.force(true);
            }
            move(temporary, absolute);
            flushFolder(folder);
        } catch (IOException e) {
            throw new StorageException(target, e);
        } finally {
            deleteQuietly(temporary);
        }
    }

    /**
     * Replaces {@code target} by the UTF-8 bytes of {@code text}.
     *
     * @throws StorageException as {@link #write(Path, Content)}
     */
    public static void write(Path target, String text) {
        write(target, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Replaces {@code target} by {@code bytes}.
     *
     * @throws StorageException as {@link #write(Path, Content)}
     */
    public static void write(Path target, byte[] bytes) {
        write(target, out -> {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
        });
    }

    /**
     * Gives a file that is complete and flushed its name.
     *
     * @param complete on the same file system as {@code target}
     * @throws IOException if it cannot be renamed; both stay as they were
     */
    public static void rename(Path complete, Path target) throws IOException {
        move(complete, target);
        flushFolder(target.toAbsolutePath().getParent());
    }

    /**
     * Deletes the temporary files of processes that were killed while they wrote.
     *
     * @param folder one that nobody else writes to now
     * @throws IOException if the folder cannot be listed or a file not be deleted
     */
    public static void removeLeftovers(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, ".*" + TEMPORARY + "*")) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** A name beside {@code target} that no other process or thread gives to what it writes. */
    static Path temporary(Path target) {
        return target.resolveSibling("." + target.getFileName() + TEMPORARY + PROCESS + "-"
                + Thread.currentThread().getId());
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void flushFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows cannot open a folder; its rename is journalled by the file system
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // what happened before is what to report
        }
    }
}
