package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Filling;
import dev.inlay.backbone.Noise;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.Site;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.plan.FlatIndices;
import dev.inlay.random.Key;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.NativeContainer;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Part;
import dev.inlay.tuning.sparse.SparseMatrix;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A spec attached to a backbone, with a head: everything that one task trains, under one native container. The backbone
 * is shared and stays untouched. Used by one thread at a time.
 */
public final class Tuning implements AutoCloseable {
    /** Name of the weight of the head's last layer. */
    public static final String HEAD_WEIGHT = "head.weight";

    /** Name of the bias of the head's last layer. */
    public static final String HEAD_BIAS = "head.bias";

    private final Backbone backbone;
    private final List<Backbone> resized = new ArrayList<>();
    private final NativeContainer container = new NativeContainer();
    private final Map<String, Trainable> trainables = new LinkedHashMap<>();
    private final List<Tensor> constants = new ArrayList<>();
    private final Fillings fillings = new Fillings();
    private final Optional<StoredTrainables> stored;
    private final Tensor headWeight;
    private final Tensor headBias;
    private OptionalInt frozenSteps = OptionalInt.empty();
    private final Route route;

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
        this(backbone, spec, classes, head, seed, Optional.empty());
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
        Tuning tuning = new Tuning(backbone, spec, classes, HeadInit.SMALL, 0, Optional.of(stored));
        try {
            stored.requireAllTaken();
            return tuning;
        } catch (RuntimeException e) {
            tuning.close();
            throw e;
        }
    }

    private Tuning(
            Backbone backbone,
            TuningSpec spec,
            int classes,
            HeadInit head,
            long seed,
            Optional<StoredTrainables> stored) {
        this.backbone = backbone;
        this.stored = stored;
        Key init = Key.of(seed, "init");
        int width = backbone.embedDim();
        try (PointerScope scope = new PointerScope()) {
            spec.terms().forEach(term -> term.attach(new Attaching(init, term.method())));
            fillings.finish(running());
            route = Route.of(running(), fillings);
            headWeight = stored.isPresent()
                    ? restored(stored.get(), HEAD_WEIGHT, new long[] {classes, width}, Part.HEAD, Kind.WEIGHT)
                    : register(
                            HEAD_WEIGHT,
                            Device.CPU.of(head.weights(init.at("head"), classes, width), classes, width),
                            Part.HEAD,
                            Kind.WEIGHT);
            headBias = register(HEAD_BIAS, Device.CPU.of(head.biases(classes), classes), Part.HEAD, Kind.BIAS);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void requireNew(String name) {
        if (trainables.containsKey(name)) {
            throw new ConfigException(
                    "method: two of its parts tune " + name + "; keep one, or give them other blocks or operations");
        }
    }

    /** A trainable as it was stored. */
    private Tensor restored(StoredTrainables values, String name, long[] shape, Part part, Kind kind) {
        requireNew(name);
        Tensor value = values.take(name, shape);
        trainables.put(name, new Trainable(name, value, part, kind));
        return value;
    }

    private Tensor register(String name, Tensor initial, Part part, Kind kind) {
        if (stored.isPresent()) {
            return restored(stored.get(), name, Tensors.shape(initial), part, kind);
        }
        requireNew(name);
        Tensor leaf = backbone.device().put(initial.detach()).clone();
        Trainable trainable = new Trainable(name, leaf, part, kind);
        if (trainable.isLearned()) {
            leaf.set_requires_grad(true);
            container.parameter(name, leaf);
        } else {
            container.buffer(name, leaf);
        }
        trainables.put(name, trainable);
        return leaf;
    }

    /** The backbone this is attached to. */
    public Backbone backbone() {
        return backbone;
    }

    /** What fills the backbone's sites in a pass. */
    public Filling filling() {
        return fillings;
    }

    /** The native modules that hold all trainables. */
    public NativeContainer container() {
        return container;
    }

    /** The trainables by name, in the order they were attached, the head last. */
    public Map<String, Trainable> trainables() {
        return Collections.unmodifiableMap(trainables);
    }

    /** How many numbers train as {@code part}. */
    public long count(Part part) {
        return trainables.values().stream()
                .filter(t -> t.part() == part)
                .mapToLong(t -> t.tensor().numel())
                .sum();
    }

    /** The bytes of the numbers that are held outside of the Java heap. */
    public long nativeBytes() {
        return trainables.values().stream()
                .mapToLong(t -> Float.BYTES * t.tensor().numel())
                .sum();
    }

    /** The bytes of the numbers and positions that are held on the Java heap. */
    public long heapBytes() {
        return fillings.entries.values().stream()
                .flatMap(List::stream)
                .mapToLong(entries -> (long) Integer.BYTES * entries.indices().size())
                .sum();
    }

    /** Number of classes of the head. */
    public int classes() {
        return Math.toIntExact(headBias.numel());
    }

    /**
     * What the head's last layer sees of images, with what is tuned in place.
     *
     * @param images (B, 3, H, W)
     * @param dropPath stochastic depth of the backbone's last block
     * @return (B, D)
     */
    public Tensor features(Tensor images, Noise noise, double dropPath) {
        return features(images, 0, noise, dropPath);
    }

    /**
     * What the head's last layer sees of what the first steps of the bare backbone gave.
     *
     * @param x what the step takes, see {@link Backbone#run}
     * @param step in [0, {@link Backbone#steps}]
     * @param dropPath stochastic depth of the backbone's last block
     * @return (B, D)
     */
    public Tensor features(Tensor x, int step, Noise noise, double dropPath) {
        return headed(run(x, step, backbone.steps(), noise, dropPath), noise);
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
    public Tensor run(Tensor x, int from, int to, Noise noise, double dropPath) {
        return run(x, from, to, new Pass(fillings, noise, dropPath));
    }

    /** Some steps of a pass, of the images as this tuning leaves them. */
    Tensor run(Tensor x, int from, int to, Pass pass) {
        Tensor entering = from == 0 && to > 0 ? images(x, pass.noise()) : x;
        return running().run(entering, from, to, pass);
    }

    /**
     * Whether images of this tuning are computed apart from those of every other where a batch mixes several: wherever it
     * has matrices or filters of its own, or other images. Some images of the first blocks may still be computed together.
     */
    public boolean runsApart() {
        return route.isOwn();
    }

    /** With whom images of this tuning can be computed. */
    Route route() {
        return route;
    }

    /** The fillings, for passes that mix several tunings. */
    Fillings fillings() {
        return fillings;
    }

    /**
     * What the head's last layer sees of what leaves the backbone.
     *
     * @param read (B, D)
     * @return (B, D)
     */
    Tensor headed(Tensor read, Noise noise) {
        Tensor features = read;
        for (FeatureFilling filling : fillings.features) {
            features = filling.features(features, noise);
        }
        return features;
    }

    /** The images that enter {@link #running}. */
    private Tensor images(Tensor images, Noise noise) {
        Tensor changed = images;
        for (ImageFilling filling : fillings.images) {
            changed = filling.images(changed, noise);
        }
        return changed;
    }

    /** The backbone, for images as its fillings leave them. */
    private Backbone running() {
        return resized.isEmpty() ? backbone : resized.get(resized.size() - 1);
    }

    /**
     * How many steps at the beginning of the backbone's pass are as in the bare backbone whatever is learned, in [0,
     * {@link Backbone#steps}]. Found by one bare pass over an empty image, the first time it is asked for.
     */
    public int frozenSteps() {
        if (frozenSteps.isEmpty()) {
            frozenSteps = OptionalInt.of(stepsBeforeFirstTouch());
        }
        return frozenSteps.getAsInt();
    }

    private int stepsBeforeFirstTouch() {
        if (!fillings.images.isEmpty()) {
            return 0;
        }
        FirstTouch touch = new FirstTouch(fillings);
        Pass pass = Pass.evaluation(touch);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor x = backbone.device().zeros(1, 3, backbone.height(), backbone.width());
            for (int step = 0; step < backbone.steps(); step++) {
                x = backbone.run(x, step, step + 1, pass);
                if (touch.happened()) {
                    return step;
                }
            }
            return backbone.steps();
        }
    }

    /**
     * The head's last layer.
     *
     * @param features (B, D)
     * @return (B, C)
     */
    public Tensor head(Tensor features) {
        return torch.linear(features, headWeight, headBias);
    }

    /**
     * The backbone's parameters with everything that is tuned put in, so that the bare backbone over them and a plain
     * linear head give the same logits.
     *
     * @return by timm's name, the head's under {@link #HEAD_WEIGHT} and {@link #HEAD_BIAS}; float32, owned by the caller
     * @throws ConfigException listing, by method, what no parameter can hold
     */
    public Map<String, Tensor> merged() {
        Map<String, Tensor> merged = new Merging(backbone, fillings).merged();
        merged.put(HEAD_WEIGHT, Tensors.own(headWeight.detach().clone()));
        merged.put(HEAD_BIAS, Tensors.own(headBias.detach().clone()));
        return merged;
    }

    /** To be called after a step of the optimiser: brings derived weights up to date and drops what backward needed. */
    public void stepped() {
        fillings.refresh();
    }

    /**
     * Sets trainables to stored values.
     *
     * @param values by name; every trainable, nothing else
     * @param source what to call the store in errors
     * @throws DataException naming every tensor that is missing, unexpected or of another shape; then nothing has changed
     */
    public void load(Map<String, Tensor> values, String source) {
        List<String> problems = new ArrayList<>();
        trainables.forEach((name, trainable) -> {
            Tensor value = values.get(name);
            List<Long> expected = Tensors.shapeOf(trainable.tensor());
            if (value == null) {
                problems.add("missing " + name + " " + expected);
            } else if (!Tensors.shapeOf(value).equals(expected)) {
                problems.add(name + ": expected " + expected + ", found " + Tensors.shapeOf(value));
            }
        });
        values.keySet().stream()
                .filter(name -> !trainables.containsKey(name))
                .forEach(name -> problems.add("unexpected " + name));
        if (!problems.isEmpty()) {
            throw new DataException(source + " does not fit what is tuned:\n  - " + String.join("\n  - ", problems));
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            trainables.forEach((name, trainable) -> trainable.tensor().copy_(values.get(name)));
        }
        fillings.refresh();
    }

    @Override
    public void close() {
        fillings.close();
        constants.forEach(Tensors::release);
        constants.clear();
        container.close();
        stored.ifPresent(StoredTrainables::close);
        trainables.clear();
        resized.forEach(Backbone::close);
        resized.clear();
    }

    /** The view of this object that a spec sees while it is attached. */
    private final class Attaching implements Attachment {
        private final Key init;
        private final String method;

        Attaching(Key init, String method) {
            this.init = init;
            this.method = method;
        }

        private void obstacle(String what, String where) {
            fillings.obstacles
                    .computeIfAbsent("method " + method + ", " + what, w -> new ArrayList<>())
                    .add(where);
        }

        @Override
        public Backbone backbone() {
            return running();
        }

        @Override
        public Key init() {
            return init;
        }

        @Override
        public Tensor trainable(String name, Tensor initial, Part part, Kind kind) {
            return register(name, initial, part, kind);
        }

        @Override
        public Tensor trainable(String name, float[] initial, long[] shape, Part part, Kind kind) {
            return stored.isPresent()
                    ? restored(stored.get(), name, shape, part, kind)
                    : Attachment.super.trainable(name, initial, shape, part, kind);
        }

        @Override
        public Tensor constant(Tensor tensor) {
            constants.add(Tensors.own(tensor));
            return tensor;
        }

        @Override
        public void value(Site site, UnaryOperator<Tensor> value) {
            fillings.values.merge(site, value, (first, second) -> base -> second.apply(first.apply(base)));
        }

        @Override
        public void parameter(String parameter, Tensor tensor) {
            fillings.whole.put(parameter, tensor);
        }

        @Override
        public void entries(Site site, FlatIndices indices, Tensor delta) {
            fillings.entries
                    .computeIfAbsent(site.parameter(), p -> new ArrayList<>())
                    .add(new SparseMatrix.Entries(site, indices, delta));
        }

        @Override
        public void output(String place, OutputFilling module) {
            fillings.outputs.computeIfAbsent(place, p -> new ArrayList<>()).add(module);
            if (!(module instanceof Mergeable)) {
                obstacle("modules that no weights replace", place);
            }
        }

        @Override
        public void images(ImageFilling images, Backbone changed) {
            fillings.images.add(images);
            resized.add(changed);
            obstacle("other images", "the patch embedding");
        }

        @Override
        public void tokens(int block, TokenFilling tokens) {
            fillings.tokens.computeIfAbsent(block, b -> new ArrayList<>()).add(tokens);
            obstacle("other tokens than the picture's", "block " + block);
        }

        @Override
        public void context(int block, ContextFilling context) {
            fillings.contexts.computeIfAbsent(block, b -> new ArrayList<>()).add(context);
            obstacle("other tokens than the picture's", "block " + block);
        }

        @Override
        public void pooled(PoolFilling pool) {
            fillings.pool = Optional.of(pool);
            obstacle("another read-out", "the features");
        }

        @Override
        public void features(FeatureFilling features) {
            fillings.features.add(features);
            obstacle("layers before the head's last", "the features");
        }
    }
}
