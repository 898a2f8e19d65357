package dev.inlay.train;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Pass;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.KeptInputs;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * What the first steps of a bare backbone make of examples, computed once and kept: for tunings that leave these steps as
 * they are, and examples that are the same in every epoch. For one thread.
 */
public final class FrozenPrefix implements AutoCloseable {
    private final Backbone backbone;
    private final int steps;
    private final long maxBytes;
    private final InferenceLoop loop;
    private final long[] outputShape;
    private final IdentityHashMap<Examples, Kept> kept = new IdentityHashMap<>();
    private long bytes;

    /**
     * Some examples behind the frozen steps.
     *
     * @param inputs to train on or to evaluate with
     * @param seconds that it took to compute them
     */
    public record Kept(Inputs inputs, double seconds) {}

    /**
     * A prefix that holds nothing yet.
     *
     * @param backbone borrowed
     * @param steps how many, in [1, {@link Backbone#steps}]
     * @param maxBytes bound on what is kept
     * @param loop runs the steps
     */
    public FrozenPrefix(Backbone backbone, int steps, long maxBytes, InferenceLoop loop) {
        this.backbone = backbone;
        this.steps = steps;
        this.maxBytes = maxBytes;
        this.loop = loop;
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor image = backbone.device().zeros(1, 3, backbone.height(), backbone.width());
            this.outputShape = Tensors.shape(backbone.run(image, 0, steps, Pass.BARE));
        }
    }

    /** What was computed for {@code examples}; empty if nothing was. */
    public Optional<Kept> kept(Examples examples) {
        return Optional.ofNullable(kept.get(examples));
    }

    /** Whether {@code examples} are equal in every epoch and there is room for what the steps make of them. */
    public boolean takes(Examples examples) {
        return examples.repeats() && examples.size() > 0 && bytes + bytesOf(examples) <= maxBytes;
    }

    /**
     * Computes and keeps what the steps make of examples.
     *
     * @param examples that {@link #takes}, borrowed
     * @param name what the progress calls them
     */
    public Kept keep(Examples examples, String name, Progress progress) {
        long start = System.nanoTime();
        Tensor values;
        try (PointerScope scope = new PointerScope()) {
            long[] shape = outputShape.clone();
            shape[0] = examples.size();
            values = Tensors.own(backbone.device().empty(shape));
        }
        loop.prepare(Inputs.images(examples), name, progress, batch -> {
            Tensor given = backbone.run(batch.input(), 0, steps, Pass.BARE);
            values.narrow(0, batch.indices()[0], batch.size()).copy_(given);
        });
        Kept made = new Kept(new KeptInputs(examples, values, steps), (System.nanoTime() - start) * 1e-9);
        kept.put(examples, made);
        bytes += bytesOf(examples);
        return made;
    }

    private long bytesOf(Examples examples) {
        long numbers = Arrays.stream(outputShape).reduce(1, (product, size) -> product * size);
        return Math.multiplyExact(Float.BYTES * numbers, (long) examples.size());
    }

    @Override
    public void close() {
        kept.values().forEach(made -> Tensors.release(((KeptInputs) made.inputs()).values()));
        kept.clear();
        bytes = 0;
    }
}
