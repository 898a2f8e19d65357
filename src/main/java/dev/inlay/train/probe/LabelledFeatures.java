package dev.inlay.train.probe;

import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.Inputs;
import dev.inlay.error.DataException;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Features of N examples with their targets. Borrows the features. */
public final class LabelledFeatures {
    private final Tensor features;
    private final LabelSpace labels;
    private final List<float[]> targets;

    /**
     * Features of examples that have one class each.
     *
     * @param features (N, D), any floating type, on the CPU, finite; borrowed
     * @param labels N labels in [0, classes); copied
     * @param classes at least 1
     * @throws DataException if there is no example, a label is out of range, or a feature is not finite; names the
     *     example
     * @throws IllegalArgumentException if the shape is not (N, D)
     */
    public LabelledFeatures(Tensor features, int[] labels, int classes) {
        this(
                features,
                Arrays.stream(labels).mapToObj(label -> new float[] {label}).toList(),
                LabelSpace.oneOf(
                        IntStream.range(0, classes).mapToObj(Integer::toString).toList()));
    }

    /**
     * Features of examples.
     *
     * @param features (N, D), any floating type, on the CPU, finite; borrowed
     * @param targets N of them as {@link Examples#target} has them
     * @param labels what the targets are
     * @throws DataException if there is no example, a class is out of range, or a feature is not finite; names the
     *     example
     * @throws IllegalArgumentException if the shape is not (N, D)
     */
    public LabelledFeatures(Tensor features, List<float[]> targets, LabelSpace labels) {
        if (features.dim() != 2 || features.size(0) != targets.size()) {
            throw new IllegalArgumentException(
                    "features: expected shape [" + targets.size() + ", D], found " + Tensors.shapeOf(features));
        }
        if (targets.isEmpty()) {
            throw new DataException("features: expected at least one example, found none");
        }
        this.features = features;
        this.targets = List.copyOf(targets);
        this.labels = labels;
        if (labels.kind() == LabelSpace.Kind.SINGLE) {
            requireClasses();
        }
        requireFinite(features);
    }

    private void requireClasses() {
        int[] classes = classes();
        for (int i = 0; i < classes.length; i++) {
            if (classes[i] < 0 || classes[i] >= labels.size()) {
                throw new DataException("example " + i + ": expected a label from 0 to " + (labels.size() - 1)
                        + ", found " + classes[i]);
            }
        }
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
        return new LabelledFeatures(
                Device.CPU.of(values, examples.size(), dim),
                IntStream.range(0, examples.size()).mapToObj(examples::target).toList(),
                examples.labels());
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
        return targets.size();
    }

    /** D. */
    public int dim() {
        return Math.toIntExact(features.size(1));
    }

    /** What the targets are; some classes may not occur. */
    public LabelSpace labels() {
        return labels;
    }

    /** (N, D), borrowed. */
    public Tensor features() {
        return features;
    }

    /** The number of examples of each class, by index. */
    long[] examplesByClass() {
        long[] examples = new long[labels.size()];
        Arrays.stream(classes()).forEach(label -> examples[label]++);
        return examples;
    }

    /** The index of the class of each example, where it has one. */
    int[] classes() {
        labels.requireOneClass("features");
        return targets.stream().mapToInt(target -> (int) target[0]).toArray();
    }

    /** The targets, one after the other. */
    float[] targets() {
        FloatBuffer all = FloatBuffer.allocate(targets.size() * targets.get(0).length);
        targets.forEach(all::put);
        return all.array();
    }

    /** The targets in units of the deviation of the training images from their mean, one after the other. */
    double[] standardTargets() {
        LabelSpace.Numbers numbers = (LabelSpace.Numbers) labels;
        float[] plain = targets();
        double[] standard = new double[plain.length];
        for (int i = 0; i < plain.length; i++) {
            int k = i % numbers.size();
            standard[i] =
                    (plain[i] - numbers.means().get(k)) / numbers.deviations().get(k);
        }
        return standard;
    }

    /**
     * These examples followed by {@code others}; its tensor belongs to the caller's scope.
     *
     * @throws IllegalArgumentException if features or labels differ
     */
    LabelledFeatures with(LabelledFeatures others) {
        if (others.dim() != dim() || !others.labels.equals(labels)) {
            throw new IllegalArgumentException("expected " + dim() + " features and " + labels.size()
                    + " classes as before, found " + others.dim() + " and " + others.labels.size());
        }
        List<float[]> both =
                Stream.concat(targets.stream(), others.targets.stream()).toList();
        return new LabelledFeatures(Tensors.cat(List.of(features, others.features), 0), both, labels);
    }

    /** The examples at some indices, in their order; their tensor belongs to the caller's scope. */
    LabelledFeatures rows(IntPredicate chosen) {
        int[] rows = IntStream.range(0, size()).filter(chosen).toArray();
        Tensor index = Device.CPU.of(Arrays.stream(rows).asLongStream().toArray(), rows.length);
        return new LabelledFeatures(
                features.index_select(0, index),
                Arrays.stream(rows).mapToObj(targets::get).toList(),
                labels);
    }
}
