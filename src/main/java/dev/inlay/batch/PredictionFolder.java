package dev.inlay.batch;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.data.Fingerprint;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import dev.inlay.file.FileLocks;
import dev.inlay.tensor.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A folder of predictions: {@code predictions.json} says what they are, and each partition has a folder {@code part-KEY} of
 * files named after the images in them; the embeddings of all, if they were asked for, are beside, and {@link WrittenMasks}. One
 * command at a time.
 */
final class PredictionFolder implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String ABOUT = "predictions.json";
    private static final String PARTITION = "part-";

    private final FileChannel lock;
    private final About about;

    /**
     * What the predictions of a folder are.
     *
     * @param task the fingerprint of the task's file
     * @param format how they are stored
     * @param topK how many classes are written
     * @param logits whether logits are written
     * @param embeddings whether embeddings are written
     * @param buckets over how many partitions files are spread; stays as it was first
     * @param precision what the backbone multiplied with
     * @param overlay whether overlays are written; null where images have no masks
     * @param stride of sliding windows, height and width; null where images are shown as a whole
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record About(
            String task,
            String format,
            int topK,
            boolean logits,
            boolean embeddings,
            int buckets,
            String precision,
            Boolean overlay,
            List<Integer> stride) {
        About {
            precision = precision == null ? Precision.FLOAT32.toString() : precision; // an earlier version had no other
        }

        boolean isLike(About other) {
            return differences(other).isEmpty();
        }

        /** In what predictions asked for now differ from these, for people. */
        List<String> differences(About now) {
            List<String> differences = new ArrayList<>();
            if (!task.equals(now.task)) {
                differences.add("the task's file holds something else");
            }
            add(differences, "--format", format, now.format);
            add(differences, "--top-k", topK, now.topK);
            add(differences, "--logits", logits, now.logits);
            add(differences, "--embeddings", embeddings, now.embeddings);
            add(differences, "--precision", precision, now.precision);
            add(differences, "--overlay", overlay, now.overlay);
            add(differences, "--slide with --stride", sliding(stride), sliding(now.stride));
            return differences;
        }

        private static String sliding(List<Integer> stride) {
            return stride == null ? "not given" : stride.get(0) + " x " + stride.get(1);
        }

        private static void add(List<String> differences, String option, Object then, Object now) {
            if (!Objects.equals(then, now)) {
                differences.add(option + " was " + then + " and is " + now);
            }
        }
    }

    private PredictionFolder(FileChannel lock, About about) {
        this.lock = lock;
        this.about = about;
    }

    /**
     * Opens a folder, new or to be resumed.
     *
     * @throws ConfigException if it holds other predictions, or another command writes to it
     */
    static PredictionFolder open(Path folder, About wanted) {
        try {
            Files.createDirectories(folder);
            FileChannel lock =
                    FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                if (!FileLocks.take(lock)) {
                    throw new ConfigException(
                            folder + " is in use by another process; wait for it, or choose another --out");
                }
                return new PredictionFolder(lock, claim(folder.resolve(ABOUT), wanted));
            } catch (RuntimeException | IOException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new InlayException(
                    "cannot use the folder " + folder + ": " + StorageException.reason(e) + "; choose another --out",
                    e);
        }
    }

    private static About claim(Path file, About wanted) throws IOException {
        if (!Files.exists(file)) {
            AtomicFile.write(file, JSON.writeValueAsString(wanted) + "\n");
            return wanted;
        }
        About kept = read(file);
        if (!kept.isLike(wanted)) {
            throw new ConfigException(file.getParent() + " holds predictions of another task or with other options: "
                    + String.join(", ", kept.differences(wanted)) + " (see its " + ABOUT
                    + "); choose another --out");
        }
        return kept;
    }

    private static About read(Path file) throws IOException {
        try {
            return JSON.readValue(Files.readString(file), About.class);
        } catch (JsonProcessingException e) {
            throw new DataException(
                    JsonFault.in(file.toString(), "what predictions are of", e) + "; choose another --out", e);
        }
    }

    /**
     * Refuses a folder of another task's predictions.
     *
     * @param task the fingerprint of the task's file
     * @throws ConfigException if its predictions are of another one
     * @throws DataException if it is no folder of predictions
     */
    static void requireTask(Path folder, String task) {
        try {
            if (!read(folder.resolve(ABOUT)).task.equals(task)) {
                throw new ConfigException(
                        folder + " holds predictions of another task; give the task that they were made with");
            }
        } catch (IOException e) {
            throw new DataException(
                    folder + ": expected a folder that inlay predict --out made: " + ABOUT + ": "
                            + StorageException.reason(e),
                    e);
        }
    }

    About about() {
        return about;
    }

    /** The folder of a partition's files. */
    static Path partition(Path folder, String key) {
        return folder.resolve(PARTITION + key);
    }

    /**
     * The files of rows of all partitions, in the order of their names.
     *
     * @throws DataException if they cannot be listed
     */
    static List<Path> files(Path folder, PredictionFormat format) {
        try (Stream<Path> partitions = Files.find(
                folder,
                2,
                (file, attributes) -> attributes.isRegularFile()
                        && file.getParent().getFileName().toString().startsWith(PARTITION)
                        && PartFile.isOne(file, format))) {
            return partitions.sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw new DataException("cannot list " + folder + ": " + e.getMessage(), e);
        }
    }

    /** The file of some images of a partition: the same for the same images. */
    static Path file(Path partition, List<String> ids, PredictionFormat format) {
        return partition.resolve(new Fingerprint().with(ids).hex().substring(0, 32) + format.suffix());
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new InlayException("cannot give back the folder: " + StorageException.reason(e), e);
        }
    }
}
