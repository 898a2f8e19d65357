package dev.inlay.embedding;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.checkpoint.npz.NpyMatrix;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import dev.inlay.progress.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The embeddings of many images in a folder: {@value #MATRIX}, (N, D) float32, and {@value #IDS}, an array of the N ids in the
 * order of its rows. Where the matrix is, it and the ids are whole and belong together.
 */
public final class EmbeddingFiles implements AutoCloseable {
    /** The file of the matrix. */
    public static final String MATRIX = "embeddings.npy";

    /** The file of the ids. */
    public static final String IDS = "embeddings.json";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final List<String> ids;
    private final NpyMatrix matrix;

    private EmbeddingFiles(List<String> ids, NpyMatrix matrix) {
        this.ids = ids;
        this.matrix = matrix;
    }

    /** Takes the embeddings of images one by one. */
    public interface Sink {
        /**
         * Takes an image.
         *
         * @param embedding (D)
         */
        void accept(String id, float[] embedding);
    }

    /**
     * Replaces the embeddings of a folder. They are written as they come, so that memory does not grow with their number.
     *
     * @param rows gives every image to the sink it gets
     * @throws StorageException if they cannot be written; then the folder has no matrix
     */
    public static void write(Path folder, Consumer<Sink> rows) {
        Path matrix = folder.resolve(MATRIX);
        try {
            Files.deleteIfExists(matrix); // before the ids change
        } catch (IOException e) {
            throw new StorageException(matrix, e);
        }
        AtomicFile.write(matrix, out -> {
            NpyMatrix.Writer written = new NpyMatrix.Writer(out);
            AtomicFile.write(folder.resolve(IDS), ids -> write(rows, written, ids));
            written.finish();
        });
    }

    private static void write(Consumer<Sink> rows, NpyMatrix.Writer matrix, FileChannel out) throws IOException {
        JsonGenerator ids = new JsonFactory()
                .createGenerator(Channels.newOutputStream(out), JsonEncoding.UTF8)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .useDefaultPrettyPrinter();
        ids.writeStartArray();
        try {
            rows.accept((id, embedding) -> {
                try {
                    ids.writeString(id);
                    matrix.add(embedding);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        ids.writeEndArray();
        ids.close();
    }

    /**
     * Opens the embeddings of a folder.
     *
     * @throws DataException if it has none, or its files do not belong together
     */
    public static EmbeddingFiles open(Path folder) {
        Path file = folder.resolve(MATRIX);
        if (!Files.exists(file)) {
            throw new DataException(folder + ": there is no " + MATRIX
                    + "; inlay predict --embeddings --out DIR makes one, at its end");
        }
        List<String> ids = ids(folder.resolve(IDS));
        NpyMatrix matrix = NpyMatrix.open(file);
        if (matrix.rows() != ids.size()) {
            matrix.close();
            throw new DataException(file + ": expected a row for each of the " + ids.size() + " ids in " + IDS
                    + ", found " + matrix.rows());
        }
        return new EmbeddingFiles(ids, matrix);
    }

    private static List<String> ids(Path file) {
        try {
            String[] ids = JSON.readValue(Files.readAllBytes(file), String[].class);
            if (ids == null || Arrays.asList(ids).contains(null)) {
                throw new DataException(file + ": expected an array of ids, found null");
            }
            return List.of(ids);
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(file.toString(), "an array of ids", e), e);
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + StorageException.reason(e), e);
        }
    }

    /** The ids of the images, N of them. */
    public List<String> ids() {
        return ids;
    }

    /** The embeddings, (N, D). */
    public NpyMatrix matrix() {
        return matrix;
    }

    /**
     * Looks for the nearest of the images to others.
     *
     * @param queries embeddings, (D)
     * @param k how many are wanted of each, at least 1
     * @return for each query, the nearest first; their rows are those of {@link #ids}
     * @throws DataException if the queries are not of D numbers, or a number is not finite
     */
    public List<List<Neighbour>> nearest(List<float[]> queries, int k, Progress progress) {
        int numbers = queries.get(0).length;
        if (matrix.rows() > 0 && matrix.columns() != numbers) {
            throw new DataException(MATRIX + ": expected " + numbers
                    + " columns, as the images' embeddings have, found " + matrix.columns());
        }
        return NearestNeighbours.in(matrix, queries, k, progress);
    }

    /**
     * Ranks all other images for each, by class.
     *
     * @param labels of the images in the order of {@link #ids}, from 0
     * @throws IllegalArgumentException if no class has two images
     */
    public LabelledNeighbours labelled(int[] labels, Progress progress) {
        return LabelledNeighbours.of(matrix, labels, progress);
    }

    /**
     * Looks for images that are nearly the same, as {@link NearDuplicates#in} does.
     *
     * @param threshold the least cosine of near duplicates, in (0, 1]
     */
    public List<List<Neighbour>> duplicates(double threshold, Progress progress) {
        return NearDuplicates.in(matrix, threshold, progress);
    }

    @Override
    public void close() {
        matrix.close();
    }
}
