package dev.inlay.file;

import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Makes a folder under a temporary name beside its place, then renames it: all files are there, or none. */
public final class AtomicFolder {
    private AtomicFolder() {}

    /**
     * Makes {@code target} with what {@code content} writes, or nothing.
     *
     * @param content writes files into the folder that it is given, each through {@link AtomicFile}
     * @throws ConfigException if {@code target} is a file, or a folder that holds anything
     * @throws StorageException if the folder cannot be written or the disk is full; nothing is left behind
     */
    public static void write(Path target, Consumer<Path> content) {
        requireFree(target);
        Path absolute = target.toAbsolutePath().normalize();
        Path temporary = AtomicFile.temporary(absolute);
        try {
            Files.createDirectories(temporary);
            content.accept(temporary);
            // an empty folder gives way
            Files.deleteIfExists(absolute);
            Files.move(temporary, absolute);
        } catch (IOException e) {
            throw new StorageException(target, e);
        } finally {
            delete(temporary);
        }
    }

    /**
     * Refuses a folder that would be mixed with what is there, before work is done for it.
     *
     * @throws ConfigException if {@code target} is a file, or a folder that holds anything
     */
    public static void requireFree(Path target) {
        if (!Files.exists(target)) {
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new ConfigException(target + ": expected a folder to be made, found a file; give another name");
        }
        try (Stream<Path> inside = Files.list(target)) {
            if (inside.findAny().isPresent()) {
                throw new ConfigException(target
                        + ": expected a folder that is empty or not there, found files in it; give another name");
            }
        } catch (IOException e) {
            throw new InlayException("cannot list " + target + ": " + StorageException.reason(e), e);
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> inside = Files.walk(folder)) {
            List<Path> deepestFirst = inside.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // what happened before is what to report
        }
    }
}
