package dev.inlay.train;

import dev.inlay.data.Examples;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.BatchLoader;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Order;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.evaluate.Evaluation;
import dev.inlay.train.evaluate.Evaluator;
import dev.inlay.train.probe.LabelledFeatures;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Runs a network over all examples, in their order, without augmentation and without gradients.
 *
 * @param batchSize examples per pass
 * @param workers threads that read images
 */
public record ModelEvaluator(int batchSize, int workers) {
    /**
     * Evaluates a classifier.
     *
     * @param logits from images (B, 3, H, W) to logits (B, C)
     */
    public Evaluation evaluate(UnaryOperator<Tensor> logits, Examples examples, String name, Progress progress) {
        Evaluator evaluator = new Evaluator(examples.classNames().size());
        visit(
                examples,
                name,
                progress,
                batch -> evaluator.add(
                        logits.apply(batch.images()),
                        Arrays.stream(batch.indices()).map(examples::label).toArray()));
        return evaluator.result();
    }

    /**
     * Computes features once for all examples.
     *
     * @param features from images (B, 3, H, W) to features (B, D)
     * @param dim D
     * @return (N, D) and labels; the tensor belongs to the caller's scope
     */
    public LabelledFeatures features(
            UnaryOperator<Tensor> features, int dim, Examples examples, String name, Progress progress) {
        float[] values = new float[Math.multiplyExact(examples.size(), dim)];
        visit(
                examples,
                name,
                progress,
                batch -> Tensors.floats(features.apply(batch.images()), values, batch.indices()[0] * dim));
        int[] labels = new int[examples.size()];
        Arrays.setAll(labels, examples::label);
        return new LabelledFeatures(
                Tensors.of(values, examples.size(), dim),
                labels,
                examples.classNames().size());
    }

    private interface Visitor {
        void visit(Batch batch);
    }

    private void visit(Examples examples, String name, Progress progress, Visitor visitor) {
        try (BatchLoader loader = new BatchLoader(examples, batchSize, workers);
                Batches batches = loader.read(Order.sequential(examples.size()), Examples.EVALUATION, 0);
                Progress.Task task = progress.start(name, examples.size());
                NoGradGuard guard = new NoGradGuard()) {
            long done = 0;
            while (batches.hasNext()) {
                try (PointerScope scope = new PointerScope()) {
                    Batch batch = batches.next();
                    visitor.visit(batch);
                    done += batch.size();
                }
                task.at(done);
            }
        }
    }
}
