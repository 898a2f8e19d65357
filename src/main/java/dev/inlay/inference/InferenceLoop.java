package dev.inlay.inference;

import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.BatchSource;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.Order;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Tensors;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Runs a network over images, in their order, without augmentation and without gradients: threads read batches ahead, the
 * network computes one while at most two others wait, and what it gives is handed on.
 *
 * @param batchSize images per batch
 * @param workers threads that read images
 * @param device of the network
 */
public record InferenceLoop(int batchSize, int workers, Device device) {
    private static final float[] NOTHING = {};

    /** Takes what a network gives. */
    public interface Sink {
        /**
         * Takes some images, which come in order.
         *
         * @param indices which images, B of them
         * @param rows what the network gave, row by row
         */
        void accept(int[] indices, float[] rows);
    }

    /**
     * Shows batches to a network, each in main memory in parts.
     *
     * @param images how many there are, for the progress
     * @param name what the progress calls it
     * @param network from a batch, or a part of it, to what it gives, row by row; called on several threads at once, each time
     *     in a scope of its own
     * @param sink called on this thread
     */
    public static void run(
            Batches batches, long images, String name, Progress progress, Function<Batch, float[]> network, Sink sink) {
        loop(batches, images, name, progress, network, sink, LibTorch.threads());
    }

    /** As {@link #run(Batches, long, String, Progress, Function, Sink)}, of all examples. */
    public void run(Inputs inputs, String name, Progress progress, Function<Batch, float[]> network, Sink sink) {
        loop(inputs, name, progress, network, sink, LibTorch.threads());
    }

    /**
     * Shows all examples to a network whose output trainings or plans are built on: batches stay whole, so that its last bits
     * are those that training gives it.
     *
     * @param name what the progress calls it
     * @param network called on this thread, each time in a scope of its own
     */
    public void prepare(Inputs inputs, String name, Progress progress, Consumer<Batch> network) {
        loop(
                inputs,
                name,
                progress,
                batch -> {
                    network.accept(batch);
                    return NOTHING;
                },
                (indices, rows) -> {},
                1);
    }

    private void loop(
            Inputs inputs, String name, Progress progress, Function<Batch, float[]> network, Sink sink, int threads) {
        int size = inputs.examples().size();
        try (BatchSource source = inputs.batches(batchSize, workers, device);
                Batches batches = source.read(Order.sequential(size), Examples.EVALUATION, 0)) {
            loop(batches, size, name, progress, network, sink, threads);
        }
    }

    private static void loop(
            Batches batches,
            long images,
            String name,
            Progress progress,
            Function<Batch, float[]> network,
            Sink sink,
            int threads) {
        try (Progress.Task task = progress.start(name, Progress.Unit.IMAGES, images);
                BatchParts parts = new BatchParts(threads)) {
            long done = 0;
            while (batches.hasNext()) {
                try (PointerScope scope = new PointerScope()) {
                    Batch batch = batches.next();
                    parts.compute(batch, network)
                            .forEach(computed -> sink.accept(computed.part().indices(), computed.rows()));
                    done += batch.size();
                }
                task.at(done);
            }
        }
    }

    /**
     * Evaluates a classifier of images.
     *
     * @param logits from images (B, 3, H, W) to logits (B, C)
     */
    public Evaluation evaluate(UnaryOperator<Tensor> logits, Examples examples, String name, Progress progress) {
        return evaluate(batch -> logits.apply(batch.input()), Inputs.images(examples), name, progress);
    }

    /** As {@link #evaluate(Function, double, Inputs, String, Progress)} at temperature 1. */
    public Evaluation evaluate(Function<Batch, Tensor> logits, Inputs inputs, String name, Progress progress) {
        return evaluate(logits, 1, inputs, name, progress);
    }

    /**
     * Evaluates a classifier.
     *
     * @param logits from a batch to logits (B, C)
     * @param temperature what the logits are divided by for probabilities and cross-entropy; 1 for nothing
     */
    public Evaluation evaluate(
            Function<Batch, Tensor> logits, double temperature, Inputs inputs, String name, Progress progress) {
        return evaluate(logits, inputs.examples().labels(), temperature, inputs, name, progress);
    }

    /**
     * Evaluates a network.
     *
     * @param outputs from a batch to the outputs of a head (B, C); of masks (B, C, H, W)
     * @param labels how outputs are read; of the kind and the names of the examples' own
     * @param temperature what logits of classes are divided by for probabilities and cross-entropy; 1 for nothing
     */
    public Evaluation evaluate(
            Function<Batch, Tensor> outputs,
            LabelSpace labels,
            double temperature,
            Inputs inputs,
            String name,
            Progress progress) {
        if (labels.kind() == LabelSpace.Kind.MASKS) {
            MaskScorer scorer = new MaskScorer(inputs.examples(), outputs);
            Map<Integer, MaskEvaluation.OfImage> found = new ConcurrentHashMap<>();
            run(
                    inputs,
                    name,
                    progress,
                    batch -> {
                        found.putAll(scorer.images(batch));
                        return NOTHING;
                    },
                    (indices, nothing) -> {});
            return MaskEvaluation.of(
                    labels,
                    IntStream.range(0, found.size()).mapToObj(found::get).toList());
        }
        Evaluator evaluator = Evaluator.of(labels, temperature);
        labelled(outputs, inputs, name, progress, evaluator::add);
        return evaluator.result();
    }

    /**
     * Fits the temperature of a classifier.
     *
     * @param logits from a batch to logits (B, C)
     * @return empty if no temperature is best, see {@link Temperature#fit}
     */
    public OptionalDouble temperature(Function<Batch, Tensor> logits, Inputs inputs, String name, Progress progress) {
        int size = inputs.examples().size();
        int classes = inputs.examples().classNames().size();
        FloatBuffer rows = FloatBuffer.allocate(Math.multiplyExact(size, classes));
        labelled(logits, inputs, name, progress, (some, of) -> rows.put(some));
        int[] labels = IntStream.range(0, size).map(inputs.examples()::label).toArray();
        return Temperature.fit(rows.array(), labels);
    }

    /**
     * Fits the thresholds of labels that are sets of classes, for the best F1.
     *
     * @param outputs from a batch to logits (B, C)
     * @return the same classes
     */
    public LabelSpace.ClassSet thresholds(
            Function<Batch, Tensor> outputs, Inputs inputs, String name, Progress progress) {
        ClassSetEvaluator evaluator =
                new ClassSetEvaluator((LabelSpace.ClassSet) inputs.examples().labels());
        labelled(outputs, inputs, name, progress, evaluator::add);
        return evaluator.fitted();
    }

    private void labelled(
            Function<Batch, Tensor> logits,
            Inputs inputs,
            String name,
            Progress progress,
            BiConsumer<float[], float[]> sink) {
        Examples examples = inputs.examples();
        run(
                inputs,
                name,
                progress,
                batch -> Tensors.floats(logits.apply(batch)),
                (indices, rows) -> sink.accept(rows, targets(examples, indices)));
    }

    private static float[] targets(Examples examples, int[] indices) {
        FloatBuffer targets = FloatBuffer.allocate(indices.length * examples.target(indices[0]).length);
        Arrays.stream(indices).mapToObj(examples::target).forEach(targets::put);
        return targets.array();
    }
}
