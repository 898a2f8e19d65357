package dev.inlay.serve.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.data.image.ImageLimits;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import dev.inlay.serve.TrainingJob.State;
import dev.inlay.serve.TrainingRequest.Labelled;
import dev.inlay.serve.TrainingRequest.Method;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is kept of a job: images under names made here, what is asked, and in the end what came of it. There is a job from the
 * moment on when it is described.
 *
 * @param path the folder
 */
record JobFolder(Path path) {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String ASKED = "job.json";
    private static final String ENDING = "ending.json";
    private static final String STARTS = "starts";

    /**
     * What is asked.
     *
     * @param images what an image may ask for, as it was when they were accepted
     * @param labels of the images, in their order
     * @param submitted ISO 8601 in UTC
     */
    record JobRequest(
            String task,
            Method method,
            int epochs,
            long seed,
            List<String> classes,
            ImageLimits images,
            List<Integer> labels,
            String submitted) {
        JobRequest {
            // a job of an earlier version does not say it, and its runs had these
            images = images == null ? ImageLimits.DEFAULT : images;
        }
    }

    /**
     * What came of it.
     *
     * @param problem null unless it failed
     */
    record JobResult(State state, Map<String, Double> metrics, String problem) {}

    /** The name of an image. */
    static String image(int index) {
        return String.format("images/%06d", index);
    }

    /**
     * Stores images.
     *
     * @throws StorageException if they cannot be; what was is deleted
     */
    void store(List<Labelled> images) {
        try {
            Files.createDirectories(path.resolve("images"));
            for (int i = 0; i < images.size(); i++) {
                Files.write(path.resolve(image(i)), images.get(i).bytes(), StandardOpenOption.CREATE_NEW);
            }
        } catch (IOException e) {
            delete();
            throw new StorageException(path, e);
        }
    }

    void describe(JobRequest asked) {
        write(ASKED, asked);
    }

    void end(JobResult ending) {
        write(ENDING, ending);
    }

    private void write(String name, Object value) {
        try {
            AtomicFile.write(path.resolve(name), JSON.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What is asked; empty if the folder holds no job. */
    Optional<JobRequest> asked() {
        return read(ASKED, JobRequest.class);
    }

    /** What came of it; empty if nothing did yet. */
    Optional<JobResult> ending() {
        return read(ENDING, JobResult.class);
    }

    private <T> Optional<T> read(String name, Class<T> type) {
        Path file = path.resolve(name);
        try {
            return Files.exists(file) ? Optional.of(JSON.readValue(Files.readString(file), type)) : Optional.empty();
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(file.toString(), "a training job", e) + "; delete the folder", e);
        } catch (IOException e) {
            throw new DataException(
                    file + ": cannot be read: " + StorageException.reason(e) + "; delete the folder", e);
        }
    }

    /**
     * Notes that the job is begun, again perhaps.
     *
     * @return how often it was begun before without an orderly {@link #pause}
     */
    long begin() {
        Path starts = path.resolve(STARTS);
        try {
            long before = Files.exists(starts) ? Files.size(starts) : 0;
            Files.write(starts, new byte[1], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            return before;
        } catch (IOException e) {
            throw new StorageException(starts, e);
        }
    }

    /** Notes that the job was stopped in order, so that it can be resumed. */
    void pause() {
        try {
            Files.deleteIfExists(path.resolve(STARTS));
        } catch (IOException e) {
            throw new StorageException(path.resolve(STARTS), e);
        }
    }

    /** Deletes all but what is said about the job. */
    void clear() {
        deleteBut(ASKED, ENDING);
    }

    /** Deletes everything. */
    void delete() {
        deleteBut();
    }

    private void deleteBut(String... kept) {
        if (!Files.exists(path)) {
            return;
        }
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (!file.getParent().equals(path)
                            || !List.of(kept).contains(file.getFileName().toString())) {
                        Files.delete(file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                    if (!folder.equals(path) || kept.length == 0) {
                        Files.delete(folder);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new StorageException(path, e);
        }
    }
}
