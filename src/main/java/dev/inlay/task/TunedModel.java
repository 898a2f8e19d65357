package dev.inlay.task;

import dev.inlay.backbone.Backbone;
import dev.inlay.data.Dataset;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.EncodedImage;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.ReadAhead;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.DataException;
import dev.inlay.error.UnreadableException;
import dev.inlay.inference.Evaluation;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.inference.MaskEvaluation;
import dev.inlay.inference.SlidingWindow;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Maps;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.Tuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A task on its backbone: images in, predictions out. The backbone is borrowed and must outlive the model. Nothing a
 * prediction does changes the model, so many threads may use it at once.
 */
public final class TunedModel implements AutoCloseable {
    /** How many images are segmented at once unless something else is asked for: their logits are large. */
    public static final int MASK_BATCH_SIZE = 8;

    private static final int BATCH_SIZE = 32;
    private static final float[] NOTHING = {};
    private static final String PROGRESS = "predict";

    private final TaskInfo info;
    private final Ensemble tuned;
    private volatile boolean closed;

    /**
     * A model of what was just trained or attached.
     *
     * @param tuning what {@code info.spec()} was attached as; ownership passes to this object
     */
    public TunedModel(TaskInfo info, Tuning tuning) {
        this(info, Ensemble.of(List.of(tuning)));
    }

    /**
     * A model of what was just trained or attached.
     *
     * @param tuned what {@code info.spec()} was attached as; ownership passes to this object
     */
    public TunedModel(TaskInfo info, Ensemble tuned) {
        this.info = info;
        this.tuned = tuned;
    }

    /**
     * Reads a task file and puts it on its backbone.
     *
     * @param backbone borrowed; must outlive the model
     * @throws DataException if the file is no whole task, or a task of another backbone
     */
    public static TunedModel open(Path task, Backbone backbone) {
        try (Task read = TaskFile.read(task)) {
            return new TunedModel(read.info(), read.ensemble(backbone));
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
     * @return (B, C) float32, or (B, C, H, W) where every pixel has a class; without gradient, in the caller's scope
     * @throws DataException if the images have another shape
     * @throws IllegalStateException if the model is closed, or there is no {@link PointerScope} around the call
     */
    public Tensor logits(Tensor images) {
        return computed(images, Tuning::head);
    }

    /**
     * The embeddings of images: the features that the head's last layer sees, with what is tuned in place; of several members their
     * mean.
     *
     * @param images (B, 3, H, W) float32, normalised, of the backbone's size
     * @return (B, D) float32, or (B, D, h, w) where every pixel has a class; without gradient, in the caller's scope
     * @throws DataException if the images have another shape
     * @throws IllegalStateException if the model is closed, or there is no {@link PointerScope} around the call
     */
    public Tensor embeddings(Tensor images) {
        return computed(images, (member, features) -> features);
    }

    /** Logits and embeddings side by side, (B, C + D). */
    private Tensor both(Tensor images) {
        return computed(images, (member, features) -> Tensors.cat(List.of(member.head(features), features), 1));
    }

    private Tensor computed(Tensor images, Ensemble.Output output) {
        requireOpen();
        List<Long> shape = Tensors.shapeOf(images);
        long height = tuned.backbone().height();
        long width = tuned.backbone().width();
        if (shape.size() != 4 || !shape.subList(1, 4).equals(List.of(3L, height, width))) {
            throw new DataException("images: expected the shape (B, 3, " + height + ", " + width + "), found " + shape);
        }
        return Tensors.scoped(() -> {
            try (NoGradGuard guard = new NoGradGuard()) {
                return tuned.mean(images, 0, output);
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
        forEach(examples, batchSize, progress, this::logits, (i, row) -> logits[i] = row);
        return logits;
    }

    /**
     * Evaluates the model at the task's temperature.
     *
     * @param name what the progress calls it
     */
    public Evaluation evaluate(InferenceLoop loop, Examples examples, String name, Progress progress) {
        return loop.evaluate(
                batch -> logits(batch.input()),
                info.labels(),
                info.temperature(),
                Inputs.images(examples),
                name,
                progress);
    }

    /**
     * Evaluates a model that gives every pixel a class on images at their own size, in windows.
     *
     * @param images with masks
     * @param name what the progress calls it
     * @throws DataException if the task predicts whole images or knows no transform, or the window leaves pixels out
     */
    public MaskEvaluation evaluate(Dataset images, SlidingWindow window, String name, Progress progress) {
        int classes = pixelClasses().size();
        ImageTransform transform = transform(window);
        Device device = tuned.backbone().device();
        return SlidingWindow.evaluate(
                images, image -> window.logits(image, transform, classes, device, this::logits), name, progress);
    }

    /**
     * Evaluates a model that gives every pixel a class on images at several scales and mirrored, see
     * {@link SlidingWindow#multiScale}.
     *
     * @param images with masks
     * @param ownSize whether the scale 1 is an image's own size; else it is what the task's transform resizes images to
     * @param name what the progress calls it
     * @throws DataException as {@link #evaluate(Dataset, SlidingWindow, String, Progress)}
     */
    public MaskEvaluation evaluateMultiScale(
            Dataset images, SlidingWindow window, boolean ownSize, String name, Progress progress) {
        int classes = pixelClasses().size();
        ImageTransform transform = transform(window);
        Device device = tuned.backbone().device();
        return SlidingWindow.evaluate(
                images,
                image -> window.multiScale(
                        image,
                        ownSize ? image.height() : transform.height(),
                        ownSize ? image.width() : transform.width(),
                        transform,
                        classes,
                        device,
                        this::logits),
                name,
                progress);
    }

    /**
     * Predicts examples, without augmentation.
     *
     * @param batchSize how many at once, at least 1
     * @param each gets the predictions in the order of the examples
     * @throws DataException if the examples are not of the backbone's size
     */
    public void predict(Examples examples, int batchSize, Progress progress, Consumer<Prediction> each) {
        requireLabels("predict");
        forEach(examples, batchSize, progress, this::logits, (i, row) -> each.accept(prediction(examples.id(i), row)));
    }

    /**
     * Predicts and embeds examples in one pass, without augmentation.
     *
     * @param batchSize how many at once, at least 1
     * @param each gets predictions and embeddings, (D), in the order of the examples
     * @throws DataException if the examples are not of the backbone's size
     */
    public void embed(Examples examples, int batchSize, Progress progress, BiConsumer<Prediction, float[]> each) {
        requireLabels("embed");
        forEach(examples, batchSize, progress, this::both, (i, row) -> apart(examples.id(i), row, each));
    }

    /**
     * Predicts the class of every pixel of examples, in their size.
     *
     * @param batchSize how many at once, at least 1
     * @param each gets the predictions in the order of the examples
     * @throws DataException if the task predicts whole images, or the examples are not of the backbone's size
     */
    public void segment(Examples examples, int batchSize, Progress progress, Consumer<MaskPrediction> each) {
        PixelClasses labels = pixelClasses();
        requireSize(examples);
        Map<Integer, Mask> masks = new ConcurrentHashMap<>();
        new InferenceLoop(batchSize, LibTorch.threads(), tuned.backbone().device())
                .run(
                        Inputs.images(examples),
                        PROGRESS,
                        progress,
                        batch -> {
                            Tensor logits = logits(batch.input());
                            for (int k = 0; k < batch.size(); k++) {
                                int i = batch.indices()[k];
                                masks.put(i, mask(logits, k, examples.height(), examples.width(), examples.id(i)));
                            }
                            return NOTHING;
                        },
                        (indices, nothing) -> Arrays.stream(indices)
                                .forEach(
                                        i -> each.accept(new MaskPrediction(examples.id(i), labels, masks.remove(i)))));
    }

    private void apart(String id, float[] row, BiConsumer<Prediction, float[]> each) {
        int classes = tuned.classes();
        each.accept(prediction(id, Arrays.copyOf(row, classes)), Arrays.copyOfRange(row, classes, row.length));
    }

    private void forEach(
            Examples examples, int batchSize, Progress progress, UnaryOperator<Tensor> network, RowConsumer each) {
        requireSize(examples);
        new InferenceLoop(batchSize, LibTorch.threads(), tuned.backbone().device())
                .run(Inputs.images(examples), PROGRESS, progress, rows(network), each(each));
    }

    private void requireSize(Examples examples) {
        if (examples.height() != tuned.backbone().height()
                || examples.width() != tuned.backbone().width()) {
            throw new DataException(
                    "examples: expected images of " + tuned.backbone().height() + " x "
                            + tuned.backbone().width() + ", the backbone's size, found " + examples.height() + " x "
                            + examples.width());
        }
    }

    private static Function<Batch, float[]> rows(UnaryOperator<Tensor> network) {
        return batch -> Tensors.floats(network.apply(batch.input()));
    }

    private static InferenceLoop.Sink each(RowConsumer each) {
        return (indices, rows) -> {
            int width = rows.length / indices.length;
            for (int k = 0; k < indices.length; k++) {
                each.accept(indices[k], Arrays.copyOfRange(rows, k * width, (k + 1) * width));
            }
        };
    }

    /**
     * Decodes, transforms and predicts files of images.
     *
     * @param batchSize how many at once, at least 1
     * @param each gets the predictions of all files that can be decoded, in their order
     * @throws DataException after all predictions, listing every file that could not be decoded; before any, if the task
     *     knows no transform for images
     */
    public void predict(List<Path> files, int batchSize, Progress progress, Consumer<Prediction> each) {
        ofFiles(files, (images, bad) -> predict(images, files.size(), batchSize, progress, each, bad));
    }

    /**
     * Decodes, transforms, predicts and embeds files of images.
     *
     * @param batchSize how many at once, at least 1
     * @param each gets predictions and embeddings, (D), of all files that can be decoded, in their order
     * @throws DataException as {@link #predict(List, int, Progress, Consumer)}
     */
    public void embed(List<Path> files, int batchSize, Progress progress, BiConsumer<Prediction, float[]> each) {
        ofFiles(files, (images, bad) -> embed(images, files.size(), batchSize, progress, each, bad));
    }

    private static void ofFiles(
            List<Path> files, BiConsumer<Iterator<EncodedImage>, BiConsumer<String, DataException>> run) {
        List<String> problems = new ArrayList<>();
        run.accept(
                files.stream().map(EncodedImage::of).iterator(), (id, problem) -> problems.add(problem.getMessage()));
        if (!problems.isEmpty()) {
            throw new DataException(problems.size() + " of " + files.size() + " images cannot be used:\n  - "
                    + String.join("\n  - ", problems));
        }
    }

    /**
     * Decodes, transforms and predicts images: threads decode while the model computes, and at most two batches wait.
     *
     * @param images asked for one by one, as they are needed
     * @param count how many there are, for the progress
     * @param batchSize how many at once, at least 1
     * @param each gets the predictions of all images that can be decoded, in their order
     * @param bad gets the id of every other image, and why, in the same order; an {@link UnreadableException} where the
     *     image was not seen at all
     * @throws DataException if the task knows no transform for images
     */
    public void predict(
            Iterator<EncodedImage> images,
            long count,
            int batchSize,
            Progress progress,
            Consumer<Prediction> each,
            BiConsumer<String, DataException> bad) {
        requireLabels("predict");
        ofImages(images, count, batchSize, progress, this::logits, (id, row) -> each.accept(prediction(id, row)), bad);
    }

    /**
     * Decodes, transforms, predicts and embeds images, as {@link #predict(Iterator, long, int, Progress, Consumer, BiConsumer)}
     * does.
     *
     * @param each gets predictions and embeddings, (D), of all images that can be decoded, in their order
     */
    public void embed(
            Iterator<EncodedImage> images,
            long count,
            int batchSize,
            Progress progress,
            BiConsumer<Prediction, float[]> each,
            BiConsumer<String, DataException> bad) {
        requireLabels("embed");
        ofImages(images, count, batchSize, progress, this::both, (id, row) -> apart(id, row, each), bad);
    }

    /**
     * Decodes and transforms images and predicts the class of every pixel of their files: logits are resized to those
     * bilinearly, and the largest is the class. Threads decode while the model computes, and at most two batches wait.
     *
     * @param images asked for one by one, as they are needed
     * @param count how many there are, for the progress
     * @param batchSize how many at once, at least 1; their logits are (B, C, H, W) float32
     * @param each gets the predictions of all images that can be decoded, in their order, and the images
     * @param bad gets the id of every other image, and why, in the same order; an {@link UnreadableException} where the
     *     image was not seen at all
     * @throws DataException if the task predicts whole images
     */
    public void segment(
            Iterator<EncodedImage> images,
            long count,
            int batchSize,
            Progress progress,
            BiConsumer<MaskPrediction, EncodedImage> each,
            BiConsumer<String, DataException> bad) {
        PixelClasses labels = pixelClasses();
        Map<Integer, Mask> masks = new ConcurrentHashMap<>();
        PendingImages pending = new PendingImages(images, transform());
        ofImages(
                pending,
                count,
                batchSize,
                progress,
                batch -> {
                    Tensor logits = logits(batch.input());
                    for (int k = 0; k < batch.size(); k++) {
                        PendingImages.Pending image = pending.at(batch.indices()[k]);
                        if (image.problem().isEmpty()) {
                            masks.put(image.index(), mask(logits, k, image.height(), image.width(), image.id()));
                        }
                    }
                    return NOTHING;
                },
                (indices, nothing) -> Arrays.stream(indices)
                        .mapToObj(pending::arrived)
                        .forEach(image -> image.problem()
                                .ifPresentOrElse(
                                        problem -> bad.accept(image.id(), problem),
                                        () -> each.accept(
                                                new MaskPrediction(image.id(), labels, masks.remove(image.index())),
                                                image.encoded()))));
    }

    /**
     * As {@link #segment(Iterator, long, int, Progress, BiConsumer, BiConsumer)}, of images at their own size, in windows of the
     * backbone's, one image at a time.
     *
     * @throws DataException if the task predicts whole images, or the window leaves pixels out
     */
    public void segment(
            Iterator<EncodedImage> images,
            long count,
            SlidingWindow window,
            Progress progress,
            BiConsumer<MaskPrediction, EncodedImage> each,
            BiConsumer<String, DataException> bad) {
        pixelClasses();
        ImageDecoder decoder = new ImageDecoder(transform(window).exifOrientation());
        try (Progress.Task shown = progress.start(PROGRESS, Progress.Unit.IMAGES, count)) {
            for (long done = 1; images.hasNext(); done++) {
                EncodedImage image = images.next();
                RawImage decoded = null;
                try {
                    decoded = image.decode(decoder);
                } catch (DataException e) {
                    bad.accept(image.id(), e);
                }
                if (decoded != null) {
                    each.accept(segment(decoded, image.id(), window), image);
                }
                shown.at(done);
            }
        }
    }

    /**
     * Predicts the class of every pixel of files of images at their own size, in windows of the backbone's.
     *
     * @param each gets the predictions of all files that can be decoded, in their order
     * @throws DataException as {@link #segment(List, int, Progress, Consumer)}, or if the window leaves pixels out
     */
    public void segment(List<Path> files, SlidingWindow window, Progress progress, Consumer<MaskPrediction> each) {
        ofFiles(
                files,
                (images, bad) -> segment(
                        images, files.size(), window, progress, (prediction, image) -> each.accept(prediction), bad));
    }

    /**
     * Predicts the class of every pixel of one decoded image at its own size, in windows of the backbone's.
     *
     * @param id what to call it in the prediction
     * @throws DataException if the task predicts whole images, or the window leaves pixels out
     */
    public MaskPrediction segment(RawImage image, String id, SlidingWindow window) {
        PixelClasses labels = pixelClasses();
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = window.logits(
                    image, transform(window), labels.size(), tuned.backbone().device(), this::logits);
            return new MaskPrediction(id, labels, mask(logits, 0, image.height(), image.width(), id));
        }
    }

    private ImageTransform transform(SlidingWindow window) {
        ImageTransform transform = transform();
        if (window.strideHeight() > transform.height() || window.strideWidth() > transform.width()) {
            throw new DataException("a stride of " + window.strideHeight() + " x " + window.strideWidth()
                    + " leaves pixels out; expected at most the window, " + transform.height() + " x "
                    + transform.width());
        }
        return transform;
    }

    /** The mask of image {@code k} of a batch of logits, in the size of its file. */
    private static Mask mask(Tensor logits, int k, int height, int width, String id) {
        Tensor own = logits.narrow(0, k, 1);
        // without a copy, as isfinite would make; NaN is the largest and the smallest
        if (!Float.isFinite(own.max().item_float()) || !Float.isFinite(own.min().item_float())) {
            throw new DataException(id + ": logits are not finite; check the numbers of the image");
        }
        return new Mask(width, height, Maps.largest(own, height, width));
    }

    private void ofImages(
            Iterator<EncodedImage> images,
            long count,
            int batchSize,
            Progress progress,
            UnaryOperator<Tensor> network,
            BiConsumer<String, float[]> each,
            BiConsumer<String, DataException> bad) {
        PendingImages pending = new PendingImages(images, transform());
        ofImages(pending, count, batchSize, progress, rows(network), each((i, row) -> {
            PendingImages.Pending image = pending.arrived(i);
            image.problem()
                    .ifPresentOrElse(problem -> bad.accept(image.id(), problem), () -> each.accept(image.id(), row));
        }));
    }

    private void ofImages(
            PendingImages images,
            long count,
            int batchSize,
            Progress progress,
            Function<Batch, float[]> network,
            InferenceLoop.Sink sink) {
        Backbone backbone = tuned.backbone();
        try (ReadAhead reader = new ReadAhead(batchSize, LibTorch.threads(), backbone.device());
                Batches batches = reader.read(images, backbone.height(), backbone.width())) {
            InferenceLoop.run(batches, count, PROGRESS, progress, network, sink);
        }
    }

    /**
     * Decodes, transforms and predicts files of images.
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
     * Decodes, transforms and embeds files of images.
     *
     * @return embeddings, (D), in the order of the files
     * @throws DataException listing every file that cannot be decoded
     */
    public List<float[]> embed(List<Path> files) {
        List<float[]> embeddings = new ArrayList<>();
        embed(files, BATCH_SIZE, Progress.NONE, (prediction, embedding) -> embeddings.add(embedding));
        return embeddings;
    }

    /**
     * Decodes and transforms files of images and predicts the class of every pixel of them.
     *
     * @param batchSize how many at once, at least 1
     * @param each gets the predictions of all files that can be decoded, in their order
     * @throws DataException as {@link #predict(List, int, Progress, Consumer)}; if the task predicts whole images
     */
    public void segment(List<Path> files, int batchSize, Progress progress, Consumer<MaskPrediction> each) {
        ofFiles(
                files,
                (images, bad) -> segment(
                        images,
                        files.size(),
                        batchSize,
                        progress,
                        (prediction, image) -> each.accept(prediction),
                        bad));
    }

    /**
     * Decodes and transforms files of images and predicts the class of every pixel of them.
     *
     * @return in the order of the files
     * @throws DataException listing every file that cannot be decoded; if the task predicts whole images
     */
    public List<MaskPrediction> segment(List<Path> files) {
        List<MaskPrediction> predictions = new ArrayList<>();
        segment(files, MASK_BATCH_SIZE, Progress.NONE, predictions::add);
        return predictions;
    }

    /**
     * Transforms one decoded image and predicts the class of every pixel of it.
     *
     * @param id what to call it in the prediction
     * @throws DataException if the task predicts whole images
     */
    public MaskPrediction segment(RawImage image, String id) {
        PixelClasses labels = pixelClasses();
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = logits(input(image));
            return new MaskPrediction(id, labels, mask(logits, 0, image.height(), image.width(), id));
        }
    }

    /**
     * Transforms and predicts one decoded image.
     *
     * @param id what to call it in the prediction
     * @throws DataException if the task knows no transform for images
     */
    public Prediction predict(RawImage image, String id) {
        requireLabels("predict");
        try (PointerScope scope = new PointerScope()) {
            return prediction(id, Tensors.floats(logits(input(image))));
        }
    }

    /** An image as the backbone takes it, (1, 3, H, W). */
    private Tensor input(RawImage image) {
        ImageTransform transform = transform();
        int height = tuned.backbone().height();
        int width = tuned.backbone().width();
        float[] pixels = new float[3 * height * width];
        transform.finish(transform.prepare(image), pixels, 0);
        return tuned.backbone().device().of(pixels, 1, 3, height, width);
    }

    private void requireLabels(String method) {
        if (info.labels().kind() == LabelSpace.Kind.MASKS) {
            throw new DataException(method + ": the task gives every pixel a class (data.labels: masks); use segment");
        }
    }

    private PixelClasses pixelClasses() {
        if (info.labels() instanceof PixelClasses classes) {
            return classes;
        }
        throw new DataException("segment: the task was trained with data.labels: "
                + info.labels().kind() + ", not masks; use predict");
    }

    private ImageTransform transform() {
        return info.transform()
                .orElseThrow(
                        () -> new DataException("the task was trained on ready-made tensors and knows no transform for"
                                + " images; give it images as tensors"));
    }

    private Prediction prediction(String id, float[] logits) {
        for (float logit : logits) {
            if (!Float.isFinite(logit)) {
                throw new DataException(
                        id + ": a logit is " + logit + "; expected finite numbers, check those of the image");
            }
        }
        return new Prediction(id, info.labels(), logits, info.temperature());
    }

    private interface RowConsumer {
        void accept(int i, float[] row);
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
            tuned.close();
        }
    }
}
