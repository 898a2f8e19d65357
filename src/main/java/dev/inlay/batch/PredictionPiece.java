package dev.inlay.batch;

import dev.inlay.data.image.EncodedPicture;
import dev.inlay.engine.Piece;
import dev.inlay.engine.Worker;
import dev.inlay.error.Host;
import dev.inlay.error.UnreadableException;
import dev.inlay.file.AtomicFile;
import dev.inlay.progress.Progress;
import dev.inlay.task.TunedModel;
import dev.inlay.train.StoppedException;
import java.io.IOException;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Predicts what is left of a partition into one file.
 *
 * @param pictures of the partition
 * @param model what predicts them
 * @param about what is written of each
 * @param out the folder of predictions, absolute
 */
record PredictionPiece(Pictures pictures, ModelFiles model, Written about, String out)
        implements Piece<PredictionPiece.Result> {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final int BATCH = 64;

    /** What is written of each picture, and how. */
    record Written(String format, int topK, boolean logits) implements java.io.Serializable {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    /**
     * What became of the pictures that were left.
     *
     * @param file of their rows, absolute; null if there are none
     */
    record Result(Counts counts, String file) implements java.io.Serializable {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    /** No picture could be opened, so there is nothing to write. */
    private static final class NoRowsException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public List<String> files(Result result) {
        return result.file() == null ? List.of() : List.of(result.file());
    }

    @Override
    public String name() {
        return "partition " + pictures.key();
    }

    @Override
    public Result run(Worker worker) {
        PredictionFormat format = PredictionFormat.named(about.format());
        Path partition = PredictionFolder.partition(Path.of(out), pictures.key());
        Set<String> left = new LinkedHashSet<>(pictures.ids());
        long all = left.size();
        left.removeAll(PredictionFolder.done(partition, format));
        if (left.isEmpty()) {
            return new Result(new Counts(0, 0, all, Map.of()), null);
        }
        removeLeftovers(partition);
        TunedModel tuned = worker.keep(LoadedModel.class, LoadedModel::new).of(model);
        Path file = PredictionFolder.file(partition, List.copyOf(left), format);
        Rows rows = new Rows();
        boolean written = write(
                format,
                file,
                out -> pictures.read(left, BATCH, batch -> {
                    if (worker.stop().getAsBoolean()) {
                        throw new StoppedException("stopped; partitions that are done are saved, and the same command"
                                + " goes on with the others");
                    }
                    rows.add(tuned, batch, out);
                }),
                rows);
        return new Result(rows.counts(all - left.size()), written ? file.toString() : null);
    }

    /** Writes a file, unless it would have no rows. */
    private static boolean write(
            PredictionFormat format, Path file, Consumer<Consumer<PredictionRow>> content, Rows rows) {
        try {
            format.write(file, out -> {
                content.accept(out);
                if (rows.predicted == 0) {
                    throw new NoRowsException();
                }
            });
            return true;
        } catch (NoRowsException e) {
            return false;
        }
    }

    /** Makes the rows of pictures and counts them; what cannot be opened gets none. */
    private final class Rows {
        private final Map<String, Counts.Unread> unread = new TreeMap<>();
        private long predicted;
        private long unusable;

        void add(TunedModel tuned, List<EncodedPicture> batch, Consumer<PredictionRow> out) {
            tuned.predict(
                    batch,
                    BATCH,
                    Progress.NONE,
                    prediction -> {
                        predicted++;
                        out.accept(PredictionRow.of(prediction, about.topK(), about.logits()));
                    },
                    (id, problem) -> {
                        if (problem instanceof UnreadableException passing) {
                            unread.merge(
                                    passing.reason() + " on " + Host.name(),
                                    new Counts.Unread(1, id),
                                    Counts.Unread::plus);
                        } else {
                            predicted++;
                            unusable++;
                            out.accept(PredictionRow.unusable(id, problem.getMessage()));
                        }
                    });
        }

        Counts counts(long before) {
            return new Counts(predicted, unusable, before, unread);
        }
    }

    /** What a process left that was killed while it wrote. */
    private static void removeLeftovers(Path partition) {
        try {
            if (Files.isDirectory(partition)) {
                AtomicFile.removeLeftovers(partition);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
