package dev.inlay.batch;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.embedding.EmbeddingFiles;
import dev.inlay.engine.Engine;
import dev.inlay.engine.SharedFolder;
import dev.inlay.engine.WorkListener;
import dev.inlay.engine.Worker;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.error.StoppedException;
import dev.inlay.error.StorageException;
import dev.inlay.inference.SlidingWindow;
import dev.inlay.progress.Progress;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Predicts many images into a folder, partition by partition. The same command again predicts what has come since, or what
 * is left of a command that was killed; nothing is predicted twice.
 *
 * @param task the file of the task
 * @param backbone the file of its backbone's weights; empty for the built-in one
 * @param inputs images, folders, lists and tables
 * @param format the name of a {@link PredictionFormat}
 * @param topK how many classes are written, at least 1
 * @param logits whether logits are written
 * @param embeddings whether embeddings are written, into the rows and, for all images, into {@link EmbeddingFiles}
 * @param partition how many files of images make a partition, about; at least 1
 * @param precision what the backbone multiplies with
 * @param overlays whether images are written under their masks, too
 * @param window in which images are shown at their own size for their masks; empty to show them as a whole
 */
public record BatchPrediction(
        Path task,
        Optional<Path> backbone,
        List<Path> inputs,
        String format,
        int topK,
        boolean logits,
        boolean embeddings,
        int partition,
        Precision precision,
        boolean overlays,
        Optional<SlidingWindow> window) {
    private static final Logger LOG = LoggerFactory.getLogger(BatchPrediction.class);

    /** Predictions in float32, without embeddings. */
    public BatchPrediction(
            Path task,
            Optional<Path> backbone,
            List<Path> inputs,
            String format,
            int topK,
            boolean logits,
            int partition) {
        this(
                task,
                backbone,
                inputs,
                format,
                topK,
                logits,
                false,
                partition,
                Precision.FLOAT32,
                false,
                Optional.empty());
    }

    /**
     * Predicts what is not predicted yet.
     *
     * @param out the folder, which belongs to this task and these options
     * @param here this process
     * @param engine where partitions are predicted
     * @throws ConfigException if the folder holds other predictions, nothing on the class path knows a format, or an option does
     *     not fit what the task predicts
     * @throws DataException if an input cannot be read
     * @return what became of the images; nothing is written of those that could not be opened
     * @throws InlayException if partitions failed; the others are written
     * @throws StoppedException if {@code here} was to stop
     */
    public Counts run(Path out, Worker here, Engine engine) {
        LabelSpace labels = labels();
        requireFitting(task, labels, topK, logits, embeddings, overlays, window.isPresent());
        if (labels instanceof PixelClasses && !format.equals(JsonLines.NAME)) {
            throw new ConfigException("--format " + format + ": the rows of " + task
                    + " name files of masks and are written as JSON; leave it out");
        }
        PredictionFormat rows = PredictionFormat.named(format);
        AskedImages found = AskedImages.of(inputs, LOG::warn);
        ModelFiles model = model();
        try (PredictionFolder folder = PredictionFolder.open(
                        out,
                        new PredictionFolder.About(
                                model.fingerprint(),
                                format,
                                topK,
                                logits,
                                embeddings,
                                found.buckets(partition),
                                precision.toString(),
                                labels instanceof PixelClasses ? overlays : null,
                                window.map(slid -> List.of(slid.strideHeight(), slid.strideWidth()))
                                        .orElse(null)));
                SharedFolder shared = SharedFolder.open(out)) {
            sayWhatStays(found, folder.about().buckets(), out);
            String target = out.toAbsolutePath().toString();
            PredictionItem.Written written = new PredictionItem.Written(format, topK, logits, embeddings);
            Map<String, String> masks = Map.of();
            if (labels instanceof PixelClasses classes) {
                WrittenMasks.prepare(out, classes);
                masks = MaskNames.of(found, masksIn(out, rows));
            }
            Map<String, String> names = masks;
            List<PredictionItem> items = found.partitions(folder.about().buckets()).stream()
                    .map(images -> new PredictionItem(
                            images,
                            model,
                            written,
                            new WrittenMasks(overlays, of(images, names), window.orElse(null)),
                            target))
                    .toList();
            Counts counts = run(items, here, shared, engine);
            if (embeddings) {
                gatherEmbeddings(out, rows, here.progress());
            }
            return counts;
        }
    }

    private LabelSpace labels() {
        try (Task read = TaskFile.read(task)) {
            return read.info().labels();
        }
    }

    /**
     * Refuses options that do not fit what a task predicts.
     *
     * @param task what to call it
     * @param labels what it predicts
     * @throws ConfigException that names all of them
     */
    public static void requireFitting(
            Path task,
            LabelSpace labels,
            int topK,
            boolean logits,
            boolean embeddings,
            boolean overlays,
            boolean slide) {
        Map<String, Boolean> unfit = new LinkedHashMap<>();
        boolean masks = labels instanceof PixelClasses;
        unfit.put("--top-k", masks && topK > 1);
        unfit.put("--logits", masks && logits);
        unfit.put("--embeddings", masks && embeddings);
        unfit.put("--overlay", !masks && overlays);
        unfit.put("--slide", !masks && slide);
        String named = unfit.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(", "));
        if (!named.isEmpty()) {
            throw new ConfigException(named + ": " + task + " gives "
                    + (masks ? "every pixel a class, not an image" : "images labels, not pixels") + "; leave "
                    + (named.contains(",") ? "them" : "it") + " out");
        }
    }

    /** The masks that rows name, by the ids of their images. */
    private static Map<String, String> masksIn(Path out, PredictionFormat format) {
        Map<String, String> masks = new HashMap<>();
        PredictionFolder.files(out, format)
                .forEach(file -> format.rows(file, row -> {
                    if (row.mask() != null) {
                        masks.put(row.path(), WrittenMasks.nameIn(row));
                    }
                }));
        return masks;
    }

    private static Map<String, String> of(ImagePartition images, Map<String, String> names) {
        if (!(images instanceof FilePartition files)) {
            return Map.of();
        }
        Map<String, String> own = new HashMap<>();
        files.ids().stream().filter(names::containsKey).forEach(id -> own.put(id, names.get(id)));
        return own;
    }

    /** Puts the embeddings of all rows together, unless that was done since the last file of rows was written. */
    private static void gatherEmbeddings(Path out, PredictionFormat format, Progress progress) {
        List<Path> files = PredictionFolder.files(out, format);
        if (isNewer(out.resolve(EmbeddingFiles.MATRIX), files)) {
            return;
        }
        try (Progress.Task shown = progress.start("embeddings", Progress.Unit.PARTITIONS, files.size())) {
            EmbeddingFiles.write(out, sink -> {
                for (int i = 0; i < files.size(); i++) {
                    format.rows(files.get(i), row -> {
                        if (row.embedding() != null) {
                            sink.accept(row.path(), row.embedding());
                        }
                    });
                    shown.at(i + 1);
                }
            });
        }
    }

    private static boolean isNewer(Path file, List<Path> others) {
        try {
            if (!Files.exists(file)) {
                return false;
            }
            FileTime time = Files.getLastModifiedTime(file);
            for (Path other : others) {
                if (Files.getLastModifiedTime(other).compareTo(time) >= 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new DataException("cannot read " + file.getParent() + ": " + StorageException.reason(e), e);
        }
    }

    /** Partitions stay as the first command divided them, since the path of an image decides where its row is. */
    private void sayWhatStays(AskedImages found, int buckets, Path out) {
        if (buckets != found.buckets(partition)) {
            LOG.warn(
                    "{} stays divided into {} as by its first command, not into the {} that --partition {} would make now;"
                            + " choose another --out to divide anew",
                    out,
                    buckets == 1 ? "1 partition" : buckets + " partitions",
                    found.buckets(partition),
                    partition);
        }
    }

    private ModelFiles model() {
        return new ModelFiles(
                task.toAbsolutePath().toString(),
                backbone.map(file -> file.toAbsolutePath().toString()).orElse(null),
                ModelFiles.fingerprint(task),
                precision);
    }

    private static Counts run(List<PredictionItem> items, Worker here, SharedFolder shared, Engine engine) {
        try (Progress.Task shown = here.progress().start("predict", Progress.Unit.PARTITIONS, items.size())) {
            Summing summing = new Summing(items, shown);
            shared.run(engine, items, here, summing);
            if (!summing.failures.isEmpty()) {
                throw new InlayException(summing.failures.size() + " of " + items.size()
                        + " partitions failed; when the reason is gone, the same command does them and leaves the others as"
                        + " they are\n  - "
                        + String.join("\n  - ", summing.failures));
            }
            if (summing.over < items.size()) {
                throw new StoppedException("stopped after " + summing.over + " of " + items.size()
                        + " partitions, which are saved; rerun the same command to resume");
            }
            if (summing.counts.unrecorded() > 0) {
                LOG.warn(
                        "nothing said what the files of {} images had held when they were predicted; they are taken to be the"
                                + " same, which is recorded from here on",
                        summing.counts.unrecorded());
            }
            return summing.counts;
        }
    }

    /** Adds up what became of the partitions. */
    private static final class Summing implements WorkListener<PredictionItem.Result> {
        private final List<PredictionItem> items;
        private final Progress.Task shown;
        private final List<String> failures = new ArrayList<>();
        private Counts counts = Counts.NONE;
        private int over;

        Summing(List<PredictionItem> items, Progress.Task shown) {
            this.items = items;
            this.shown = shown;
        }

        @Override
        public void finished(int piece, PredictionItem.Result result) {
            counts = counts.plus(result.counts());
            shown.at(++over);
        }

        @Override
        public void failed(int piece, String reason) {
            failures.add(items.get(piece).name() + ": " + reason);
            shown.at(++over);
        }
    }
}
