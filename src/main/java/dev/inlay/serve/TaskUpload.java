package dev.inlay.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file under a name of its own, in a folder that several services may use. */
record TaskUpload(Path file) implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TaskUpload.class);
    private static final String PREFIX = ".upload-";

    /** Much longer than a client may send nothing: what nobody has written to for that long is nobody's. */
    private static final Duration LEFT = Duration.ofHours(1);

    /** A file that is not there yet. */
    static TaskUpload in(Path folder) {
        return new TaskUpload(folder.resolve(PREFIX + UUID.randomUUID()));
    }

    /** Deletes what services left that were killed; those that others write now stay. */
    static void removeLeftovers(Path folder) throws IOException {
        Instant left = Instant.now().minus(LEFT);
        try (DirectoryStream<Path> uploads = Files.newDirectoryStream(folder, PREFIX + "*")) {
            for (Path upload : uploads) {
                removeIfBefore(left, upload);
            }
        }
    }

    private static void removeIfBefore(Instant left, Path upload) throws IOException {
        try {
            if (Files.getLastModifiedTime(upload).toInstant().isBefore(left) && Files.deleteIfExists(upload)) {
                LOG.info("deleted {}, which a service left that has ended", upload);
            }
        } catch (NoSuchFileException e) {
            // whoever wrote it is done
        }
    }

    /** Writes all of it, down to the disk. */
    void write(InputStream content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = Channels.newOutputStream(channel)) {
            content.transferTo(out);
            channel.force(true);
        }
    }

    /** Deletes the file, unless it was renamed. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}
