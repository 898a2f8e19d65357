package dev.inlay.train;

import dev.inlay.data.Examples;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.BatchSource;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Order;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.evaluate.Evaluation;
import dev.inlay.train.evaluate.Evaluator;
import dev.inlay.train.probe.LabelledFeatures;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Runs a network over all examples, in their order, without augmentation and without gradients.
 *
 * @param batchSize examples per pass
 * @param workers threads that read images
 * @param device of the network
 */
public record ModelEvaluator(int batchSize, int workers, Device device) {
    /**
     * Evaluates a classifier of images.
     *
     * @param logits from images (B, 3, H, W) to logits (B, C)
     */
    public Evaluation evaluate(UnaryOperator<Tensor> logits, Examples examples, String name, Progress progress) {
        return evaluate(batch -> logits.apply(batch.input()), Inputs.images(examples), name, progress);
    }

    /**
     * Evaluates a classifier.
     *
     * @param logits from a batch to logits (B, C)
     */
    public Evaluation evaluate(Function<Batch, Tensor> logits, Inputs inputs, String name, Progress progress) {
        Examples examples = inputs.examples();
        Evaluator evaluator = new Evaluator(examples.classNames().size());
        visit(
                inputs,
                name,
                progress,
                batch -> evaluator.add(
                        logits.apply(batch),
                        Arrays.stream(batch.indices()).map(examples::label).toArray()));
        return evaluator.result();
    }

    /**
     * Computes features once for all examples.
     *
     * @param features from images (B, 3, H, W) to features (B, D)
     * @param dim D
     * @return (N, D) in main memory and labels; the tensor belongs to the caller's scope
     */
    public LabelledFeatures features(
            UnaryOperator<Tensor> features, int dim, Examples examples, String name, Progress progress) {
        float[] values = new float[Math.multiplyExact(examples.size(), dim)];
        visit(
                Inputs.images(examples),
                name,
                progress,
                batch -> Tensors.floats(features.apply(batch.input()), values, batch.indices()[0] * dim));
        int[] labels = new int[examples.size()];
        Arrays.setAll(labels, examples::label);
        return new LabelledFeatures(
                Device.CPU.of(values, examples.size(), dim),
                labels,
                examples.classNames().size());
    }

    /** Shows every batch to {@code visitor}, in order, without gradients. */
    void visit(Inputs inputs, String name, Progress progress, Consumer<Batch> visitor) {
        int size = inputs.examples().size();
        try (BatchSource source = inputs.batches(batchSize, workers, device);
                Batches batches = source.read(Order.sequential(size), Examples.EVALUATION, 0);
                Progress.Task task = progress.start(name, Progress.Unit.IMAGES, size);
                NoGradGuard guard = new NoGradGuard()) {
            long done = 0;
            while (batches.hasNext()) {
                try (PointerScope scope = new PointerScope()) {
                    Batch batch = batches.next();
                    visitor.accept(batch);
                    done += batch.size();
                }
                task.at(done);
            }
        }
    }
}
