package dev.inlay.batch;

import dev.inlay.engine.Piece;
import dev.inlay.engine.Worker;
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
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Predicts what is left of a partition into one file.
 *
 * @param pictures of the partition
 * @param model what predicts them
 * @param about what is written of each
 * @param out the folder of predictions, absolute
 */
record PredictionPiece(Pictures pictures, ModelFiles model, Written about, String out) implements Piece<Counts> {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final int BATCH = 64;

    /** What is written of each picture, and how. */
    record Written(String format, int topK, boolean logits) implements java.io.Serializable {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    @Override
    public String name() {
        return "partition " + pictures.key();
    }

    @Override
    public Counts run(Worker worker) {
        PredictionFormat format = PredictionFormat.named(about.format());
        Path partition = PredictionFolder.partition(Path.of(out), pictures.key());
        Set<String> left = new LinkedHashSet<>(pictures.ids());
        long all = left.size();
        left.removeAll(PredictionFolder.done(partition, format));
        if (left.isEmpty()) {
            return new Counts(0, 0, all);
        }
        removeLeftovers(partition);
        TunedModel tuned = worker.keep(LoadedModel.class, LoadedModel::new).of(model);
        AtomicLong unusable = new AtomicLong();
        format.write(
                PredictionFolder.file(partition, List.copyOf(left), format),
                rows -> pictures.read(left, BATCH, batch -> {
                    if (worker.stop().getAsBoolean()) {
                        throw new StoppedException("stopped; partitions that are done are saved, and the same command"
                                + " goes on with the others");
                    }
                    tuned.predict(
                            batch,
                            BATCH,
                            Progress.NONE,
                            prediction -> rows.accept(PredictionRow.of(prediction, about.topK(), about.logits())),
                            (id, problem) -> {
                                unusable.incrementAndGet();
                                rows.accept(PredictionRow.unusable(id, problem));
                            });
                }));
        return new Counts(left.size(), unusable.get(), all - left.size());
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
