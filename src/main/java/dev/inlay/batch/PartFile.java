package dev.inlay.batch;

import dev.inlay.data.Contents;
import dev.inlay.error.DataException;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import dev.inlay.progress.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A file of rows, and beside it, hidden, the record of what the files of its images held.
 *
 * @param path the file
 * @param ids of the images in it
 */
record PartFile(Path path, Set<String> ids) {
    /**
     * What became of the images of a file since they were predicted.
     *
     * @param now what their files hold now
     * @param replaced ids of those whose files hold something else
     * @param unrecorded true if nothing says what their files held then
     */
    record Since(Contents now, Set<String> replaced, boolean unrecorded) {}

    /**
     * The files of a partition.
     *
     * @throws DataException if one is damaged
     */
    static List<PartFile> in(Path partition, PredictionFormat format) {
        if (!Files.isDirectory(partition)) {
            return List.of();
        }
        List<PartFile> parts = new ArrayList<>();
        try {
            AtomicFile.removeLeftovers(partition);
            try (DirectoryStream<Path> files = Files.newDirectoryStream(partition, file -> isOne(file, format))) {
                for (Path file : files) {
                    parts.add(new PartFile(file, idsOf(file, format)));
                }
            }
            return parts;
        } catch (IOException e) {
            throw new DataException("cannot list " + partition + ": " + StorageException.reason(e), e);
        }
    }

    /** Whether a file of a partition's folder is one of rows, by its name. */
    static boolean isOne(Path file, PredictionFormat format) {
        String name = file.getFileName().toString();
        return !name.startsWith(".") && name.endsWith(format.suffix());
    }

    private static Set<String> idsOf(Path file, PredictionFormat format) {
        try {
            return format.paths(file);
        } catch (RuntimeException e) {
            String reason = e instanceof DataException ? e.getMessage() : file + ": damaged: " + e.getMessage();
            throw new DataException(reason + "; delete the file, and the same command predicts its images again", e);
        }
    }

    /** Where the record of a file of rows is. */
    static Path recordOf(Path file) {
        return file.resolveSibling("." + file.getFileName() + ".inputs");
    }

    /**
     * What the files of some images hold, not looked at yet.
     *
     * @param sourceOf as {@link ImagePartition#sources} gives it
     */
    static Contents contents(Function<String, Path> sourceOf, Set<String> ids) {
        Contents contents = new Contents();
        ids.stream().map(sourceOf).forEach(source -> contents.add(source.toString(), source));
        return contents;
    }

    /**
     * Looks whether the images are still those that were predicted; a file that cannot be read does not say otherwise.
     *
     * @param sourceOf as {@link ImagePartition#sources} gives it
     */
    Since since(Function<String, Path> sourceOf) {
        Contents now = contents(sourceOf, ids);
        Path record = recordOf(path);
        if (!Files.exists(record)) {
            now.write(record, Map.of());
            return new Since(now, Set.of(), true);
        }
        Contents.Difference difference = now.since(record, Map.of(), Progress.NONE);
        Set<String> sources = new TreeSet<>(difference.exchanged());
        sources.addAll(difference.added());
        sources.removeIf(source -> now.hash(source).isEmpty());
        if (sources.isEmpty() && difference.touched() && difference.exchanged().isEmpty()) {
            now.write(record, Map.of());
        }
        Set<String> replaced = ids.stream()
                .filter(id -> sources.contains(sourceOf.apply(id).toString()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        return new Since(now, replaced, false);
    }

    /** Deletes the rows and their record. */
    void delete() {
        try {
            Files.deleteIfExists(path);
            Files.deleteIfExists(recordOf(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
