package dev.inlay.serve;

import dev.inlay.backbone.Backbone;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.DeadlineException;
import dev.inlay.error.InlayException;
import dev.inlay.serve.PendingRequest.Row;
import dev.inlay.serve.ServingListener.Batch;
import dev.inlay.task.MaskPrediction;
import dev.inlay.task.Prediction;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.mixed.BatchTimes;
import dev.inlay.tuning.mixed.BatchableTuning;
import dev.inlay.tuning.mixed.MixedBatch;
import dev.inlay.tuning.mixed.MixedBatch.Output;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Serves many tasks from one copy of their backbone: images of different tasks are computed in one batch, and none of them
 * depends on the others. Tasks are put, replaced and removed while it serves; a request is answered by the version of its
 * task that was there when it came. Safe for use by many threads.
 *
 * <p>Images are transformed, by their task's transform, on the caller's thread; LibTorch runs on one platform thread of the
 * predictor's own.
 */
public final class Predictor implements AutoCloseable {
    private final Backbone backbone;
    private final ServingOptions options;
    private final TaskRegistry tasks;
    private final List<ServingListener> listeners = new CopyOnWriteArrayList<>();
    private final MicroBatcher batcher;

    /**
     * A predictor without tasks, with {@link ServingOptions#DEFAULT}.
     *
     * @param backbone borrowed; it may be closed first, its tensors stay until the predictor is closed
     */
    public Predictor(Backbone backbone) {
        this(backbone, ServingOptions.DEFAULT);
    }

    /**
     * A predictor without tasks.
     *
     * @param backbone borrowed; it may be closed first, its tensors stay until the predictor is closed
     * @throws IllegalStateException if it is closed
     */
    public Predictor(Backbone backbone, ServingOptions options) {
        this.backbone = backbone.on(backbone.device()); // a view, which holds the tensors
        this.options = options;
        this.tasks = new TaskRegistry(options);
        this.batcher = new MicroBatcher(options, this::compute);
    }

    /**
     * Serves the task of a file from now on, in the place of the one that had its id. Requests that came before are answered
     * by the old one. If this throws, nothing has changed. The task computes one image first.
     *
     * @param id what requests call it, as {@link TaskFolder#requireId} has it
     * @throws ConfigException if {@code id} is none
     * @throws DataException if the file is no whole task, or a task of another backbone, asks for more than a service gives, or
     *     computes numbers that are not finite
     * @throws dev.inlay.error.OverloadException if there are as many tasks as the options allow
     * @throws IllegalStateException if the predictor is closed
     */
    public void put(String id, Path file) {
        TaskFolder.requireId(id);
        TaskLimits.requireShort(file, backbone);
        try (Task task = TaskFile.read(file)) {
            put(id, task, file.toString());
        }
    }

    /**
     * Serves a task from now on, like {@link #put(String, Path)}.
     *
     * @param task borrowed; may be closed afterwards
     */
    public void put(String id, Task task) {
        TaskFolder.requireId(id);
        put(id, task, "task " + id);
    }

    private void put(String id, Task task, String source) {
        TaskLimits.requireModest(source, task.info());
        Ensemble tuned = task.ensemble(backbone);
        BatchableTuning member;
        AtomicInteger numbers = new AtomicInteger();
        try {
            member = new BatchableTuning(tuned);
            batcher.between(() -> numbers.set(TrialImage.run(source, backbone, task.info(), member)));
        } catch (RuntimeException | Error e) {
            tuned.close();
            throw e;
        }
        int rows = LoadedTask.rows(tuned.members().size(), numbers.get());
        tasks.put(id, new LoadedTask(task.info(), member, rows, tuned.nativeBytes(), tuned.heapBytes()));
    }

    /**
     * Stops serving a task. Requests that came before are still answered.
     *
     * @return whether there was one of that id
     */
    public boolean remove(String id) {
        return tasks.remove(id);
    }

    /**
     * Has a listener told of everything from now on, for as long as the predictor is there.
     *
     * @param listener as quick as {@link ServingListener} says
     */
    public void listen(ServingListener listener) {
        listeners.add(listener);
    }

    /** How the predictor stands now. */
    public ServingState state() {
        return tasks.state(batcher.waiting());
    }

    /** The backbone of all tasks, a view of the one that was given; borrowed, and closed with the predictor. */
    public Backbone backbone() {
        return backbone;
    }

    /** The limits. */
    public ServingOptions options() {
        return options;
    }

    /** What is served now: what each task says about itself, by id. */
    public SortedMap<String, TaskInfo> tasks() {
        return tasks.infos();
    }

    /** What the task of that id says about itself now; empty if there is none. */
    public Optional<TaskInfo> task(String id) {
        return tasks.info(id);
    }

    /**
     * Predicts images and waits for the answers, for the options' timeout at most.
     *
     * @return one for each image, in their order
     * @throws InlayException as the future of {@link #predictAsync(String, ImageSource, Duration)} fails
     */
    public List<Answer> predict(String id, RawImage... images) {
        try {
            return predictAsync(id, List.of(images)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof InlayException failure) {
                throw failure;
            }
            throw e;
        }
    }

    /** Predicts images like {@link #predictAsync(String, ImageSource, Duration)}, with the options' timeout. */
    public CompletableFuture<List<Answer>> predictAsync(String id, List<RawImage> images) {
        return predictAsync(id, ImageSource.of(images), options.timeout());
    }

    /**
     * Predicts images.
     *
     * @param id of the task
     * @param images at least one; none is kept
     * @param timeout how long the request may take until it is computed, from this call on; it is looked at between images, too
     * @return one answer for each image, in their order; a mask has the size of its image. Fails with
     *     {@link dev.inlay.error.DeadlineException} if time ran out, {@link DataException} if a number of the answer is not finite. Cancelling it withdraws what still waits.
     * @throws dev.inlay.error.UnknownTaskException if there is no such task
     * @throws dev.inlay.error.OverloadException if the queue has no room for the request
     * @throws DataException if an image cannot be decoded, or the task knows no transform for images; give it
     *     {@linkplain #predictPixels pixels}
     * @throws IllegalStateException if the predictor is closed
     */
    public CompletableFuture<List<Answer>> predictAsync(String id, ImageSource images, Duration timeout) {
        return submit(id, images.size(), timeout, (task, i) -> {
            ImageTransform transform = task.info()
                    .transform()
                    .orElseThrow(() -> new DataException("task " + id
                            + " was trained on ready-made tensors and knows no transform for images; give it pixels"));
            RawImage image = images.image(i);
            float[] pixels = new float[pixels()];
            transform.apply(image, pixels, 0);
            return new PreparedImage(pixels, image.height(), image.width());
        });
    }

    /**
     * Predicts images that are ready for the backbone, like {@link #predictAsync(String, ImageSource, Duration)}.
     *
     * @param images normalised, (3, H, W) row-major each, of the backbone's size; at least one
     * @throws DataException if an image has another size
     */
    public CompletableFuture<List<Answer>> predictPixels(String id, List<float[]> images, Duration timeout) {
        return submit(id, images.size(), timeout, (task, i) -> {
            float[] image = images.get(i);
            if (image.length != pixels()) {
                throw new DataException("task " + id + ": expected images of 3 x " + backbone.height() + " x "
                        + backbone.width() + ", " + pixels() + " numbers, found " + image.length);
            }
            return new PreparedImage(image.clone(), backbone.height(), backbone.width());
        });
    }

    private int pixels() {
        return 3 * backbone.height() * backbone.width();
    }

    /** Makes image {@code i} of a request ready for the backbone. */
    private interface Preparation {
        PreparedImage image(LoadedTask task, int i);
    }

    private CompletableFuture<List<Answer>> submit(String id, int images, Duration timeout, Preparation preparation) {
        long asked = System.nanoTime();
        String kind = tasks.kind(id).orElse(ServingListener.NO_KIND);
        CompletableFuture<List<Answer>> future;
        try {
            future = submitted(id, images, asked, timeout, preparation);
        } catch (DeadlineException e) {
            ended(kind, e, asked);
            return CompletableFuture.failedFuture(e);
        } catch (RuntimeException e) {
            ended(kind, e, asked);
            throw e;
        }
        return told(future, failure -> ended(kind, failure, asked));
    }

    /**
     * What callers get of a request, complete once listeners have been told: who has an answer finds it in the metrics. A caller
     * that gives it up gives up the request.
     */
    private static CompletableFuture<List<Answer>> told(
            CompletableFuture<List<Answer>> request, Consumer<Throwable> listeners) {
        CompletableFuture<List<Answer>> answers = new CompletableFuture<>();
        CompletableFuture<?> unused = request.whenComplete((all, failure) -> {
            try {
                listeners.accept(failure);
            } finally {
                if (failure == null) {
                    answers.complete(all);
                } else {
                    answers.completeExceptionally(failure);
                }
            }
        });
        CompletableFuture<?> unusedToo = answers.whenComplete((all, failure) -> {
            if (failure != null) {
                request.completeExceptionally(failure);
            }
        });
        return answers;
    }

    private void ended(String kind, Throwable failure, long asked) {
        long time = System.nanoTime() - asked;
        listeners.forEach(listener -> listener.request(kind, Outcome.of(failure), time));
    }

    private CompletableFuture<List<Answer>> submitted(
            String id, int images, long asked, Duration timeout, Preparation preparation) {
        if (images == 0) {
            throw new DataException("task " + id + ": expected at least one image, found none");
        }
        batcher.requireRoom(images); // before time is spent on them
        LoadedTask task = tasks.hold(id);
        try {
            List<PreparedImage> prepared = prepared(task, images, (loaded, i) -> {
                if (System.nanoTime() - asked >= timeout.toNanos()) {
                    throw new DeadlineException(id, timeout);
                }
                return preparation.image(loaded, i);
            });
            PendingRequest request = new PendingRequest(id, task, prepared, asked, timeout);
            batcher.submit(request); // from here on the request holds the task
            return request.future();
        } catch (RuntimeException | Error e) {
            task.release();
            throw e;
        }
    }

    private List<PreparedImage> prepared(LoadedTask task, int images, Preparation preparation) {
        long start = System.nanoTime();
        List<PreparedImage> prepared = IntStream.range(0, images)
                .mapToObj(i -> preparation.image(task, i))
                .toList();
        long time = System.nanoTime() - start;
        listeners.forEach(listener -> listener.transformed(time));
        return prepared;
    }

    private void compute(List<Row> rows) {
        long start = System.nanoTime();
        rows.forEach(row -> listeners.forEach(
                listener -> listener.dequeued(start - row.request().arrived())));
        BatchTimes times = new BatchTimes();
        computeAll(rows, times);
        long shared = System.nanoTime() - start - times.deltas() - times.heads();
        int of = (int) rows.stream().map(row -> row.request().task()).distinct().count();
        Batch batch = new Batch(rows.size(), of, shared, times.deltas(), times.heads());
        listeners.forEach(listener -> listener.computed(batch));
    }

    /** Computes a batch; if that fails, each task's part of it alone, so that what is wrong with one fails no other. */
    private void computeAll(List<Row> rows, BatchTimes times) {
        try {
            answer(rows, times);
        } catch (RuntimeException together) {
            Map<LoadedTask, List<Row>> apart = new LinkedHashMap<>();
            rows.forEach(row -> apart.computeIfAbsent(row.request().task(), task -> new ArrayList<>())
                    .add(row));
            apart.values().forEach(own -> {
                try {
                    answer(own, times);
                } catch (RuntimeException alone) {
                    InlayException failure = new InlayException(
                            "task " + own.get(0).request().id() + " could not be computed: " + alone.getMessage(),
                            alone);
                    own.forEach(row -> row.request().fail(failure));
                }
            });
        }
    }

    private void answer(List<Row> rows, BatchTimes times) {
        float[] pixels = new float[Math.multiplyExact(rows.size(), pixels())];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i).image().pixels(), 0, pixels, i * pixels(), pixels());
        }
        List<BatchableTuning> tunings =
                rows.stream().map(row -> row.request().task().tuning()).toList();
        List<Output> outputs = MixedBatch.compute(backbone, tunings, pixels, times);
        times.head(() -> {
            for (int i = 0; i < rows.size(); i++) {
                answer(rows.get(i), outputs.get(i));
            }
        });
    }

    private void answer(Row row, Output output) {
        PendingRequest request = row.request();
        for (float logit : output.logits()) {
            if (!Float.isFinite(logit)) {
                request.fail(notFinite(row, logit));
                return;
            }
        }
        TaskInfo info = request.task().info();
        String id = Integer.toString(row.index());
        request.answer(
                row.index(),
                info.labels() instanceof LabelSpace.PixelClasses classes
                        ? new Answer(new MaskPrediction(id, classes, mask(output, row.image())))
                        : new Answer(
                                new Prediction(id, info.labels(), output.logits(), info.temperature()),
                                output.features()));
    }

    private Mask mask(Output output, PreparedImage image) {
        return new Mask(image.width(), image.height(), output.classes(backbone, image.height(), image.width()));
    }

    /** Whose fault it is: an image's if its numbers are not finite, the task's otherwise. */
    private static InlayException notFinite(Row row, float logit) {
        String place = "task " + row.request().id() + ", image " + row.index() + ": a logit is " + logit;
        for (float pixel : row.image().pixels()) {
            if (!Float.isFinite(pixel)) {
                return new DataException(place + "; expected an image of finite numbers, found " + pixel);
            }
        }
        return new InlayException(
                place + " although the image's numbers are finite: the task's weights are too large for it");
    }

    /** Takes no more requests, answers those that wait, and frees the tasks; closing twice is harmless. */
    @Override
    public void close() {
        batcher.close();
        free();
    }

    private void free() {
        tasks.close();
        backbone.close();
    }

    /**
     * Takes no more requests, answers those that wait, and frees the tasks.
     *
     * @param grace after which those still waiting fail with {@link dev.inlay.error.OverloadException}
     */
    public void close(Duration grace) {
        batcher.close(grace);
        free();
    }
}
