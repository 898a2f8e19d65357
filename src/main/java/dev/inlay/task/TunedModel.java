package dev.inlay.task;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Noise;
import dev.inlay.data.Examples;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.EncodedPicture;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.DataException;
import dev.inlay.error.UnreadableException;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A task on its backbone: pictures in, predictions out. The backbone is borrowed and must outlive the model. Nothing a
 * prediction does changes the model, so many threads may use it at once.
 */
public final class TunedModel implements AutoCloseable {
    private static final int BATCH_SIZE = 32;

    private final TaskInfo info;
    private final Tuning tuning;
    private volatile boolean closed;

    /**
     * A model of what was just trained or attached.
     *
     * @param tuning what {@code info.spec()} was attached as; ownership passes to this object
     */
    public TunedModel(TaskInfo info, Tuning tuning) {
        this.info = info;
        this.tuning = tuning;
    }

    /**
     * Reads a task file and puts it on its backbone.
     *
     * @param backbone borrowed; must outlive the model
     * @throws DataException if the file is no whole task, or a task of another backbone
     */
    public static TunedModel open(Path task, Backbone backbone) {
        try (Task read = TaskFile.read(task)) {
            return new TunedModel(read.info(), read.attach(backbone));
        }
    }

    /** What the task says about itself. */
    public TaskInfo info() {
        return info;
    }

    /**
     * The logits of images.
     *
     * @param images (B, 3, H, W) float32, normalised, of the backbone's size
     * @return (B, C) float32, without gradient, in the caller's scope
     * @throws DataException if the images have another shape
     * @throws IllegalStateException if the model is closed, or there is no {@link PointerScope} around the call
     */
    public Tensor logits(Tensor images) {
        requireOpen();
        List<Long> shape = Tensors.shapeOf(images);
        long height = tuning.backbone().height();
        long width = tuning.backbone().width();
        if (shape.size() != 4 || !shape.subList(1, 4).equals(List.of(3L, height, width))) {
            throw new DataException("images: expected the shape (B, 3, " + height + ", " + width + "), found " + shape);
        }
        return Tensors.scoped(() -> {
            try (NoGradGuard guard = new NoGradGuard()) {
                return tuning.head(tuning.features(images, Noise.NONE, 0));
            }
        });
    }

    /**
     * The logits of examples, without augmentation.
     *
     * @param batchSize how many at once, at least 1
     * @return (N, C)
     * @throws DataException if the examples are not of the backbone's size
     */
    public float[][] logits(Examples examples, int batchSize, Progress progress) {
        float[][] logits = new float[examples.size()][];
        forEach(examples, batchSize, progress, (i, row) -> logits[i] = row);
        return logits;
    }

    /**
     * Predicts examples, without augmentation.
     *
     * @param batchSize how many at once, at least 1
     * @param each gets the predictions in the order of the examples
     * @throws DataException if the examples are not of the backbone's size
     */
    public void predict(Examples examples, int batchSize, Progress progress, Consumer<Prediction> each) {
        forEach(examples, batchSize, progress, (i, row) -> each.accept(prediction(examples.id(i), row)));
    }

    private void forEach(Examples examples, int batchSize, Progress progress, RowConsumer each) {
        if (examples.height() != tuning.backbone().height()
                || examples.width() != tuning.backbone().width()) {
            throw new DataException(
                    "examples: expected images of " + tuning.backbone().height() + " x "
                            + tuning.backbone().width() + ", the backbone's size, found " + examples.height() + " x "
                            + examples.width());
        }
        forEach(
                examples.size(),
                batchSize,
                progress,
                (i, pixels, offset) -> examples.read(i, Examples.EVALUATION, pixels, offset),
                each);
    }

    /**
     * Decodes, transforms and predicts files of pictures.
     *
     * @param batchSize how many at once, at least 1
     * @param each gets the predictions of all files that can be decoded, in their order
     * @throws DataException after all predictions, listing every file that could not be decoded; before any, if the task
     *     knows no transform for pictures
     */
    public void predict(List<Path> files, int batchSize, Progress progress, Consumer<Prediction> each) {
        List<String> problems = new ArrayList<>();
        List<EncodedPicture> pictures = files.stream().map(EncodedPicture::of).toList();
        predict(pictures, batchSize, progress, each, (id, problem) -> problems.add(problem.getMessage()));
        if (!problems.isEmpty()) {
            throw new DataException(problems.size() + " of " + files.size() + " pictures cannot be used:\n  - "
                    + String.join("\n  - ", problems));
        }
    }

    /**
     * Decodes, transforms and predicts pictures.
     *
     * @param batchSize how many at once, at least 1
     * @param each gets the predictions of all pictures that can be decoded, in their order
     * @param bad gets the id of every other picture, and why, in the same order; an {@link UnreadableException} where the
     *     picture was not seen at all
     * @throws DataException if the task knows no transform for pictures
     */
    public void predict(
            List<EncodedPicture> pictures,
            int batchSize,
            Progress progress,
            Consumer<Prediction> each,
            BiConsumer<String, DataException> bad) {
        ImageTransform transform = transform();
        ImageDecoder decoder = new ImageDecoder(transform.exifOrientation());
        Map<Integer, DataException> problems = new ConcurrentHashMap<>();
        PixelReader reader = (i, pixels, offset) -> {
            try {
                transform.finish(transform.prepare(pictures.get(i).decode(decoder)), pixels, offset);
            } catch (DataException e) {
                problems.put(i, e);
            }
        };
        forEach(pictures.size(), batchSize, progress, reader, (i, row) -> {
            if (problems.containsKey(i)) {
                bad.accept(pictures.get(i).id(), problems.get(i));
            } else {
                each.accept(prediction(pictures.get(i).id(), row));
            }
        });
    }

    /**
     * Decodes, transforms and predicts files of pictures.
     *
     * @return in the order of the files
     * @throws DataException listing every file that cannot be decoded
     */
    public List<Prediction> predict(List<Path> files) {
        List<Prediction> predictions = new ArrayList<>();
        predict(files, BATCH_SIZE, Progress.NONE, predictions::add);
        return predictions;
    }

    /**
     * Transforms and predicts one decoded picture.
     *
     * @param id what to call it in the prediction
     * @throws DataException if the task knows no transform for pictures
     */
    public Prediction predict(RawImage image, String id) {
        ImageTransform transform = transform();
        List<Prediction> predictions = new ArrayList<>();
        forEach(
                1,
                1,
                Progress.NONE,
                (i, pixels, offset) -> transform.finish(transform.prepare(image), pixels, offset),
                (i, row) -> predictions.add(prediction(id, row)));
        return predictions.get(0);
    }

    private ImageTransform transform() {
        return info.transform()
                .orElseThrow(
                        () -> new DataException("the task was trained on ready-made tensors and knows no transform for"
                                + " pictures; give it images as tensors"));
    }

    private Prediction prediction(String id, float[] logits) {
        for (float logit : logits) {
            if (!Float.isFinite(logit)) {
                throw new DataException(
                        id + ": a logit is " + logit + "; expected finite numbers, check those of the image");
            }
        }
        return new Prediction(id, info.classNames(), logits);
    }

    private interface PixelReader {
        /** Writes picture {@code i}, normalised, as (3, H, W) numbers into {@code pixels} from {@code offset}. */
        void read(int i, float[] pixels, int offset);
    }

    private interface RowConsumer {
        void accept(int i, float[] logits);
    }

    /** Reads the pictures of a batch on many threads, then computes their logits. */
    private void forEach(int size, int batchSize, Progress progress, PixelReader reader, RowConsumer each) {
        int height = tuning.backbone().height();
        int width = tuning.backbone().width();
        int pixelsEach = 3 * height * width;
        if (batchSize < 1) {
            throw new IllegalArgumentException("batchSize: expected at least 1, found " + batchSize);
        }
        try (Progress.Task shown = progress.start("predict", Progress.Unit.IMAGES, size)) {
            for (int from = 0; from < size; from += batchSize) {
                int first = from;
                int count = Math.min(batchSize, size - first);
                float[] pixels = new float[Math.multiplyExact(count, pixelsEach)];
                IntStream.range(0, count).parallel().forEach(i -> reader.read(first + i, pixels, i * pixelsEach));
                float[] logits = logits(pixels, count, height, width);
                int classes = logits.length / count;
                for (int i = 0; i < count; i++) {
                    each.accept(first + i, Arrays.copyOfRange(logits, i * classes, (i + 1) * classes));
                }
                shown.at(first + count);
            }
        }
    }

    private float[] logits(float[] pixels, int count, int height, int width) {
        try (PointerScope scope = new PointerScope()) {
            return Tensors.floats(logits(tuning.backbone().device().of(pixels, count, 3, height, width)));
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
    }

    /** Frees the task's tensors and leaves the backbone alone; closing twice is harmless. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            tuning.close();
        }
    }
}
