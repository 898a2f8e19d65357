package dev.inlay.train.probe;

import dev.inlay.data.Examples;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.Inputs;
import dev.inlay.error.DataException;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Features of N examples with their labels. Borrows the features. */
public final class LabelledFeatures {
    private final Tensor features;
    private final int[] labels;
    private final int classes;

    /**
     * @param features (N, D), any floating type, on the CPU, finite; borrowed
     * @param labels N labels in [0, classes); copied
     * @param classes at least 1
     * @throws DataException if there is no example, a label is out of range, or a feature is not finite; names the
     *     example
     * @throws IllegalArgumentException if the shape is not (N, D)
     */
    public LabelledFeatures(Tensor features, int[] labels, int classes) {
        if (features.dim() != 2 || features.size(0) != labels.length) {
            throw new IllegalArgumentException(
                    "features: expected shape [" + labels.length + ", D], found " + Tensors.shapeOf(features));
        }
        if (labels.length == 0) {
            throw new DataException("features: expected at least one example, found none");
        }
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new DataException(
                        "example " + i + ": expected a label from 0 to " + (classes - 1) + ", found " + labels[i]);
            }
        }
        requireFinite(features);
        this.features = features;
        this.labels = labels.clone();
        this.classes = classes;
    }

    /**
     * Computes features once for all examples, without augmentation.
     *
     * @param loop runs the network
     * @param network from a batch to features (B, D)
     * @param dim D
     * @param name what the progress calls it
     * @return features in main memory, which belong to the caller's scope
     */
    public static LabelledFeatures of(
            InferenceLoop loop,
            Function<Batch, Tensor> network,
            int dim,
            Inputs inputs,
            String name,
            Progress progress) {
        Examples examples = inputs.examples();
        float[] values = new float[Math.multiplyExact(examples.size(), dim)];
        loop.prepare(
                inputs,
                name,
                progress,
                batch -> Tensors.floats(network.apply(batch), values, batch.indices()[0] * dim));
        int[] labels = new int[examples.size()];
        Arrays.setAll(labels, examples::label);
        return new LabelledFeatures(
                Device.CPU.of(values, examples.size(), dim),
                labels,
                examples.classNames().size());
    }

    private static void requireFinite(Tensor features) {
        try (PointerScope scope = new PointerScope()) {
            Tensor finiteRows = features.isfinite().all(1, false);
            if (!finiteRows.all().item_bool()) {
                long example = finiteRows.logical_not().nonzero().min().item_long();
                throw new DataException(
                        "example " + example + ": a feature is not a finite number; check the weights and the input");
            }
        }
    }

    /** N. */
    public int size() {
        return labels.length;
    }

    /** D. */
    public int dim() {
        return Math.toIntExact(features.size(1));
    }

    /** The number of classes; some may not occur. */
    public int classes() {
        return classes;
    }

    /** (N, D), borrowed. */
    public Tensor features() {
        return features;
    }

    /** The number of examples of each class, by label. */
    long[] examplesByClass() {
        long[] examples = new long[classes];
        Arrays.stream(labels).forEach(label -> examples[label]++);
        return examples;
    }

    /** A copy of the labels. */
    public int[] labels() {
        return labels.clone();
    }

    /**
     * These examples followed by {@code others}; its tensor belongs to the caller's scope.
     *
     * @throws IllegalArgumentException if features or classes differ in number
     */
    LabelledFeatures with(LabelledFeatures others) {
        requireLike(others);
        int[] both = IntStream.concat(IntStream.of(labels), IntStream.of(others.labels))
                .toArray();
        return new LabelledFeatures(Tensors.cat(List.of(features, others.features), 0), both, classes);
    }

    /** The examples at some indices, in their order; their tensor belongs to the caller's scope. */
    LabelledFeatures rows(IntPredicate chosen) {
        int[] rows = IntStream.range(0, size()).filter(chosen).toArray();
        Tensor index = Device.CPU.of(Arrays.stream(rows).asLongStream().toArray(), rows.length);
        int[] chosenLabels = Arrays.stream(rows).map(i -> labels[i]).toArray();
        return new LabelledFeatures(features.index_select(0, index), chosenLabels, classes);
    }

    private void requireLike(LabelledFeatures others) {
        if (others.dim() != dim() || others.classes != classes) {
            throw new IllegalArgumentException("expected " + dim() + " features and " + classes
                    + " classes as before, found " + others.dim() + " and " + others.classes);
        }
    }
}
