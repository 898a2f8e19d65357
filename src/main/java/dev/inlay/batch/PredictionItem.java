package dev.inlay.batch;

import dev.inlay.data.Contents;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.EncodedImage;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.engine.WorkItem;
import dev.inlay.engine.Worker;
import dev.inlay.error.DataException;
import dev.inlay.error.Host;
import dev.inlay.error.StoppedException;
import dev.inlay.error.UnreadableException;
import dev.inlay.progress.Progress;
import dev.inlay.task.MaskPrediction;
import dev.inlay.task.Prediction;
import dev.inlay.task.TunedModel;
import java.io.Serial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Predicts what is left of a partition into one file.
 *
 * @param images of the partition
 * @param model what predicts them
 * @param about what is written of each
 * @param masks where those of images are written, if that is what the model predicts
 * @param out the folder of predictions, absolute
 */
record PredictionItem(ImagePartition images, ModelFiles model, Written about, WrittenMasks masks, String out)
        implements WorkItem<PredictionItem.Result> {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final int BATCH = 32;

    /** What is written of each image, and how. */
    record Written(String format, int topK, boolean logits, boolean embeddings) implements java.io.Serializable {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    /**
     * What became of the images that were left.
     *
     * @param files that hold their rows, absolute
     */
    record Result(Counts counts, List<String> files) implements java.io.Serializable {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    /** No image could be opened, so there is nothing to write. */
    private static final class NoRowsException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public List<String> files(Result result) {
        return result.files();
    }

    @Override
    public String name() {
        return "partition " + images.key();
    }

    @Override
    public Result run(Worker worker) {
        PredictionFormat format = PredictionFormat.named(about.format());
        Path partition = PredictionFolder.partition(Path.of(out), images.key());
        Set<String> asked = new LinkedHashSet<>(images.ids());
        Set<String> left = new LinkedHashSet<>(asked);
        Function<String, Path> sourceOf = images.sources();
        Rows rows = new Rows(worker, sourceOf);
        List<String> files = new ArrayList<>();
        for (PartFile part : PartFile.in(partition, format)) {
            if (format.isOfBefore(part.path())) {
                format.write(part.path(), target -> format.rows(part.path(), target));
            }
            left.removeAll(part.ids());
            PartFile.Since since = part.since(sourceOf);
            rows.unrecorded += since.unrecorded() ? part.ids().size() : 0;
            rows.replaced += since.replaced().stream().filter(asked::contains).count();
            if (!since.replaced().isEmpty()) {
                renew(part, since, format, rows).ifPresent(files::add);
            }
        }
        long before = asked.size() - left.size() - rows.replaced;
        if (!left.isEmpty()) {
            Path file = PredictionFolder.file(partition, List.copyOf(left), format);
            Contents contents = PartFile.contents(sourceOf, left);
            boolean written = write(format, file, rows, target -> {
                predict(left, contents, Map.of(), rows, target);
                // before the file is there, so that none is without a record
                contents.write(PartFile.recordOf(file), Map.of());
            });
            if (written) {
                files.add(file.toString());
            } else {
                new PartFile(file, left).delete();
            }
        }
        return new Result(rows.counts(before), files);
    }

    /** Writes a file again with rows of what replaced images in it; those of others stay. */
    private Optional<String> renew(PartFile part, PartFile.Since since, PredictionFormat format, Rows rows) {
        Set<String> replaced = since.replaced();
        boolean written = write(format, part.path(), rows, target -> {
            Map<String, String> maskOf = new HashMap<>();
            format.rows(part.path(), row -> {
                if (!replaced.contains(row.path())) {
                    rows.written++;
                    target.accept(row);
                } else if (row.mask() != null) {
                    maskOf.put(row.path(), WrittenMasks.nameIn(row));
                }
            });
            predict(replaced, since.now(), maskOf, rows, target);
        });
        if (!written) {
            part.delete();
            return Optional.empty();
        }
        // after the file, so that what is cut short is done again
        since.now().write(PartFile.recordOf(part.path()), Map.of());
        return Optional.of(part.path().toString());
    }

    /** Predicts images; the masks of some have a name already. */
    private void predict(
            Set<String> ids, Contents contents, Map<String, String> maskOf, Rows rows, Consumer<PredictionRow> target) {
        try (Stream<EncodedImage> read = images.read(ids)) {
            Iterator<EncodedImage> noted = read.peek(image -> requireGoesOn(rows.worker))
                    .<EncodedImage>map(image -> new Noted(
                            image, contents, rows.sourceOf.apply(image.id()).toString()))
                    .iterator();
            rows.add(noted, ids.size(), maskOf, target);
        }
    }

    private static void requireGoesOn(Worker worker) {
        if (worker.stop().getAsBoolean()) {
            throw new StoppedException(
                    "stopped; partitions that are done are saved, and the same command" + " continues with the others");
        }
    }

    /** An image of which is noted what its file holds, before it is decoded. */
    private record Noted(EncodedImage image, Contents contents, String source) implements EncodedImage {
        @Override
        public String id() {
            return image.id();
        }

        @Override
        public RawImage decode(ImageDecoder decoder) {
            contents.note(source);
            return image.decode(decoder);
        }
    }

    /** Writes a file, unless it would have no rows. */
    private static boolean write(
            PredictionFormat format, Path file, Rows rows, Consumer<Consumer<PredictionRow>> content) {
        rows.written = 0;
        try {
            format.write(file, target -> {
                content.accept(target);
                if (rows.written == 0) {
                    throw new NoRowsException();
                }
            });
            return true;
        } catch (NoRowsException e) {
            return false;
        }
    }

    /** Makes the rows of images and counts them; what cannot be opened gets none. */
    private final class Rows {
        private final Worker worker;
        private final Function<String, Path> sourceOf;
        private final Map<String, Counts.Unread> unread = new TreeMap<>();
        private long predicted;
        private long unusable;
        private long replaced;
        private long unrecorded;
        /** Into the file that is written now. */
        private long written;

        Rows(Worker worker, Function<String, Path> sourceOf) {
            this.worker = worker;
            this.sourceOf = sourceOf;
        }

        void add(Iterator<EncodedImage> read, int count, Map<String, String> maskOf, Consumer<PredictionRow> target) {
            TunedModel tuned = worker.keep(LoadedModel.class, LoadedModel::new).of(model);
            Consumer<PredictionRow> counted = row -> {
                predicted++;
                written++;
                target.accept(row);
            };
            BiConsumer<String, DataException> bad = (id, problem) -> {
                if (problem instanceof UnreadableException passing) {
                    unread.merge(
                            passing.reason() + " on " + Host.name(), new Counts.Unread(1, id), Counts.Unread::plus);
                } else {
                    unusable++;
                    counted.accept(PredictionRow.unusable(id, problem.getMessage()));
                }
            };
            if (tuned.info().labels().kind() == LabelSpace.Kind.MASKS) {
                ImageDecoder decoder =
                        new ImageDecoder(tuned.info().transform().orElseThrow().exifOrientation());
                BiConsumer<MaskPrediction, EncodedImage> each = (prediction, image) -> {
                    String id = prediction.id();
                    String name = maskOf.containsKey(id) ? maskOf.get(id) : masks.name(id, images.key());
                    counted.accept(masks.write(Path.of(out), name, prediction, image, decoder));
                };
                if (masks.window() == null) {
                    tuned.segment(read, count, TunedModel.MASK_BATCH_SIZE, Progress.NONE, each, bad);
                } else {
                    tuned.segment(read, count, masks.window(), Progress.NONE, each, bad);
                }
            } else if (about.embeddings()) {
                tuned.embed(
                        read,
                        count,
                        BATCH,
                        Progress.NONE,
                        (prediction, embedding) ->
                                counted.accept(row(prediction).with(embedding)),
                        bad);
            } else {
                tuned.predict(read, count, BATCH, Progress.NONE, prediction -> counted.accept(row(prediction)), bad);
            }
        }

        private PredictionRow row(Prediction prediction) {
            return PredictionRow.of(prediction, about.topK(), about.logits());
        }

        Counts counts(long before) {
            return new Counts(predicted, unusable, before, replaced, unrecorded, unread);
        }
    }
}
