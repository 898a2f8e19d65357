package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.random.Key;
import dev.inlay.tensor.Maps;
import dev.inlay.tensor.NativeContainer;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Role;
import java.util.Map;
import java.util.OptionalInt;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A spec attached to a backbone, with a head: everything that one task trains, under one native container. The backbone
 * is shared and stays untouched. Used by one thread at a time.
 */
public final class Tuning implements AutoCloseable {
    private static final String HEAD = "head";

    /** Name of the weight of the head's last layer. */
    public static final String HEAD_WEIGHT = HEAD + ".weight";

    /** Name of the bias of the head's last layer. */
    public static final String HEAD_BIAS = HEAD + ".bias";

    private final Backbone backbone;
    private final Trainables trainables;
    private final AttachedHooks hooks;
    private final Affine head;
    private OptionalInt frozenSteps = OptionalInt.empty();

    /**
     * Attaches a spec, with a head that starts {@linkplain HeadInit#SMALL small}.
     *
     * @param classes number of classes of the head, at least 1
     * @param seed of the initial values, the spec's and the head's
     */
    public Tuning(Backbone backbone, TuningSpec spec, int classes, long seed) {
        this(backbone, spec, classes, HeadInit.SMALL, seed);
    }

    /**
     * Attaches a spec.
     *
     * @param classes number of classes of the head, at least 1
     * @param head how its last layer starts
     * @param seed of the initial values, the spec's and the head's
     */
    public Tuning(Backbone backbone, TuningSpec spec, int classes, HeadInit head, long seed) {
        this(backbone, spec, classes, head, seed, Trainables.toTrain(backbone.device()));
    }

    /**
     * Attaches a spec with what it has learned, to be used and not trained: nothing requires a gradient, and the
     * {@link #container} is empty.
     *
     * @param classes number of classes of the head, at least 1
     * @param values by name; every trainable, nothing else. Ownership is shared with this object, so nobody writes them
     * @param source what to call the store of the values in errors
     * @throws DataException naming tensors that are missing, unexpected or of another shape, all of them unless they are many
     */
    public static Tuning frozen(
            Backbone backbone, TuningSpec spec, int classes, Map<String, Tensor> values, String source) {
        StoredTrainables stored = new StoredTrainables(backbone.device(), values, source);
        // initial values are not used, so neither is their seed
        Trainables trainables = Trainables.of(backbone.device(), stored);
        Tuning tuning = new Tuning(backbone, spec, classes, HeadInit.SMALL, 0, trainables);
        try {
            stored.requireAllTaken();
            return tuning;
        } catch (RuntimeException e) {
            tuning.close();
            throw e;
        }
    }

    private Tuning(Backbone backbone, TuningSpec spec, int classes, HeadInit start, long seed, Trainables trainables) {
        this.backbone = backbone;
        this.trainables = trainables;
        this.hooks = new AttachedHooks(backbone);
        Key init = Key.of(seed, "init");
        try (PointerScope scope = new PointerScope()) {
            spec.terms().forEach(term -> term.attach(new AttachmentRecorder(init, term.method(), trainables, hooks)));
            hooks.finish();
            int width = hooks.mapChannels.orElse(backbone.embedDim());
            float[] weights = trainables.areStored()
                    ? new float[Math.multiplyExact(classes, width)]
                    : start.weights(init.at(HEAD), classes, width);
            this.head = Affine.trainable(
                    new AttachmentRecorder(init, HEAD, trainables, hooks),
                    HEAD,
                    weights,
                    start.biases(classes),
                    Role.HEAD);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** The backbone this is attached to. */
    public Backbone backbone() {
        return backbone;
    }

    /** The hooks that a pass runs with. */
    public AttachedHooks hooks() {
        return hooks;
    }

    /** The native modules that hold all trainables. */
    public NativeContainer container() {
        return trainables.container();
    }

    /** The trainables by name, in the order they were attached, the head last. */
    public Map<String, Trainable> trainables() {
        return trainables.byName();
    }

    /** How many numbers train as {@code part}. */
    public long count(Role part) {
        return trainables().values().stream()
                .filter(t -> t.role() == part)
                .mapToLong(t -> t.tensor().numel())
                .sum();
    }

    /** The bytes of the numbers that are held outside of the Java heap. */
    public long nativeBytes() {
        return trainables().values().stream()
                .mapToLong(t -> Float.BYTES * t.tensor().numel())
                .sum();
    }

    /** The bytes of the numbers and positions that are held on the Java heap. */
    public long heapBytes() {
        return hooks.heapBytes();
    }

    /** Number of classes of the head. */
    public int classes() {
        return Math.toIntExact(head.bias().numel());
    }

    /**
     * What the head's last layer sees of images, with what is tuned in place.
     *
     * @param images (B, 3, H, W)
     * @param dropPath stochastic depth of the backbone's last block
     * @return (B, D)
     */
    public Tensor features(Tensor images, Dropout dropout, double dropPath) {
        return features(images, 0, dropout, dropPath);
    }

    /**
     * What the head's last layer sees of what the first steps of the bare backbone gave.
     *
     * @param x what the step takes, see {@link Backbone#run}
     * @param step in [0, {@link Backbone#steps}]
     * @param dropPath stochastic depth of the backbone's last block
     * @return (B, D)
     */
    public Tensor features(Tensor x, int step, Dropout dropout, double dropPath) {
        return features(x, step, new Pass(hooks, dropout, dropPath));
    }

    /**
     * What the head's last layer sees of what the first steps of the bare backbone gave.
     *
     * @param x what the step takes, see {@link Backbone#run}
     * @param step in [0, {@link Backbone#steps}]
     * @param pass with the {@link #hooks} of this tuning
     * @return (B, D)
     */
    public Tensor features(Tensor x, int step, Pass pass) {
        return headed(run(x, step, backbone.steps(), pass), pass.dropout());
    }

    /**
     * Some steps of the backbone's pass, with what is tuned in place.
     *
     * @param x what step {@code from} takes, see {@link Backbone#run}
     * @param from first step
     * @param to behind the last step, at least {@code from}
     * @param dropPath stochastic depth of the backbone's last block
     * @return what step {@code to - 1} gives; {@code x} if there is no step
     */
    public Tensor run(Tensor x, int from, int to, Dropout dropout, double dropPath) {
        return run(x, from, to, new Pass(hooks, dropout, dropPath));
    }

    /**
     * Some steps of a pass with other hooks, of the images as this tuning leaves them.
     *
     * @see #run(Tensor, int, int, Dropout, double)
     */
    public Tensor run(Tensor x, int from, int to, Pass pass) {
        Tensor entering = from == 0 && to > 0 ? hooks.images(x, pass.dropout()) : x;
        Backbone running = hooks.running();
        boolean mapped = hooks.readsMap() && from < to && to == running.steps();
        return mapped
                ? running.map(running.run(entering, from, to - 1, pass), pass)
                : running.run(entering, from, to, pass);
    }

    /**
     * What the head's last layer sees of what leaves the backbone.
     *
     * @param read (B, D)
     * @return (B, D)
     */
    public Tensor headed(Tensor read, Dropout dropout) {
        return hooks.features(read, dropout);
    }

    /**
     * How many steps at the beginning of the backbone's pass are as in the bare backbone whatever is learned, in [0,
     * {@link Backbone#steps}]. Found by one bare pass over an empty image, the first time it is asked for.
     */
    public int frozenSteps() {
        if (frozenSteps.isEmpty()) {
            int unchanged = FirstModifiedStep.stepsBefore(backbone, hooks);
            // the bare backbone drops patches in its last block
            frozenSteps = OptionalInt.of(hooks.readsMap() ? Math.min(unchanged, backbone.depth()) : unchanged);
        }
        return frozenSteps.getAsInt();
    }

    /**
     * The head's last layer.
     *
     * @param features (B, D), or a map (B, D', h, w)
     * @return (B, C), or of a map (B, C, H, W): its logits, resized to the images bilinearly
     */
    public Tensor head(Tensor features) {
        return hooks.readsMap()
                ? Maps.resized(logitMap(features), backbone.height(), backbone.width())
                : head.of(features);
    }

    /**
     * The head's last layer on a map, not resized.
     *
     * @param features (B, D', h, w)
     * @return (B, C, h, w)
     */
    public Tensor logitMap(Tensor features) {
        return Maps.linear(features, head.weight(), head.bias());
    }

    /**
     * Sets the head's last layer.
     *
     * @param start W, (C, D) row by row
     * @param biases (C)
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public void head(float[] start, float[] biases) {
        if (start.length != head.weight().numel()
                || biases.length != head.bias().numel()) {
            throw new IllegalArgumentException("expected " + head.weight().numel() + " weights and "
                    + head.bias().numel() + " biases, found " + start.length + " and " + biases.length);
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            head.weight().copy_(backbone.device().of(start, biases.length, start.length / biases.length));
            head.bias().copy_(backbone.device().of(biases, biases.length));
        }
    }

    /**
     * The backbone's parameters with everything that is tuned put in, so that the bare backbone over them and a plain
     * linear head give the same logits. Of a tuning that reads a map, the head's layers before the last are not in them.
     *
     * @return by timm's name, the head's under {@link #HEAD_WEIGHT} and {@link #HEAD_BIAS}; float32, owned by the caller
     * @throws ConfigException listing, by method, what no parameter can hold
     */
    public Map<String, Tensor> merged() {
        Map<String, Tensor> merged = new Merging(backbone, hooks).merged();
        merged.put(HEAD_WEIGHT, Tensors.own(head.weight().detach().clone()));
        merged.put(HEAD_BIAS, Tensors.own(head.bias().detach().clone()));
        return merged;
    }

    /** To be called after a step of the optimiser: brings derived weights up to date and drops what backward needed. */
    public void stepped() {
        hooks.refresh();
    }

    /**
     * Sets trainables to stored values.
     *
     * @param values by name; every trainable, nothing else
     * @param source what to call the store in errors
     * @throws DataException naming every tensor that is missing, unexpected or of another shape; then nothing has changed
     */
    public void load(Map<String, Tensor> values, String source) {
        trainables.load(values, source);
        hooks.refresh();
    }

    @Override
    public void close() {
        hooks.close();
        trainables.close();
    }
}
