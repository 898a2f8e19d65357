package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Filling;
import dev.inlay.backbone.Noise;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.Site;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.random.Key;
import dev.inlay.tensor.NativeContainer;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Part;
import dev.inlay.tuning.sparse.SparseMatrix;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final NativeContainer container = new NativeContainer();
    private final Map<String, Trainable> trainables = new LinkedHashMap<>();
    private final List<Tensor> constants = new ArrayList<>();
    private final Fillings fillings = new Fillings();
    private final Tensor headWeight;
    private final Tensor headBias;

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
        this.backbone = backbone;
        Key init = Key.of(seed, "init");
        int width = backbone.embedDim();
        try (PointerScope scope = new PointerScope()) {
            spec.attach(new Attaching(init));
            fillings.finish(backbone);
            Tensor weights = Tensors.of(head.weights(init.at("head"), classes, width), classes, width);
            headWeight = register(HEAD_WEIGHT, weights, Part.HEAD, Kind.WEIGHT);
            headBias = register(HEAD_BIAS, Tensors.of(head.biases(classes), classes), Part.HEAD, Kind.BIAS);
        }
    }

    private Tensor register(String name, Tensor initial, Part part, Kind kind) {
        if (trainables.containsKey(name)) {
            throw new ConfigException(
                    "method: two of its parts tune " + name + "; keep one, or give them other blocks or operations");
        }
        Tensor leaf = initial.detach().clone();
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
        Tensor features = backbone.features(images, new Pass(fillings, noise, dropPath));
        for (FeatureFilling filling : fillings.features) {
            features = filling.features(features, noise);
        }
        return features;
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
        trainables.clear();
    }

    /** The view of this object that a spec sees while it is attached. */
    private final class Attaching implements Attachment {
        private final Key init;

        Attaching(Key init) {
            this.init = init;
        }

        @Override
        public Backbone backbone() {
            return backbone;
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
        public void entries(Site site, int[] indices, Tensor delta) {
            fillings.entries
                    .computeIfAbsent(site.parameter(), p -> new ArrayList<>())
                    .add(new SparseMatrix.Entries(site, indices, delta));
        }

        @Override
        public void output(String place, OutputFilling module) {
            fillings.outputs.computeIfAbsent(place, p -> new ArrayList<>()).add(module);
        }

        @Override
        public void tokens(int block, TokenFilling tokens) {
            fillings.tokens.computeIfAbsent(block, b -> new ArrayList<>()).add(tokens);
        }

        @Override
        public void context(int block, ContextFilling context) {
            fillings.contexts.computeIfAbsent(block, b -> new ArrayList<>()).add(context);
        }

        @Override
        public void pooled(PoolFilling pool) {
            fillings.pool = Optional.of(pool);
        }

        @Override
        public void features(FeatureFilling features) {
            fillings.features.add(features);
        }
    }

    /** The fillings of all sites, sorted so that a pass looks each parameter up once. */
    private static final class Fillings implements Filling, AutoCloseable {
        private final Map<Site, UnaryOperator<Tensor>> values = new HashMap<>();
        private final Map<String, Tensor> whole = new HashMap<>();
        private final Map<String, List<SparseMatrix.Entries>> entries = new HashMap<>();
        private final Map<String, List<OutputFilling>> outputs = new HashMap<>();
        private final Map<Integer, List<TokenFilling>> tokens = new HashMap<>();
        private final Map<Integer, List<ContextFilling>> contexts = new HashMap<>();
        private final List<FeatureFilling> features = new ArrayList<>();
        private Optional<PoolFilling> pool = Optional.empty();
        private final Map<String, List<Site>> partsOfValues = new HashMap<>();
        private final Map<String, SparseMatrix> sparse = new LinkedHashMap<>();

        void finish(Backbone backbone) {
            Map<String, List<Site>> parts = new HashMap<>();
            backbone.sites().forEach(site -> parts.computeIfAbsent(site.parameter(), p -> new ArrayList<>())
                    .add(site));
            values.keySet().forEach(site -> partsOfValues.put(site.parameter(), parts.get(site.parameter())));
            entries.forEach((parameter, list) ->
                    sparse.put(parameter, new SparseMatrix(backbone.parameters().get(parameter), list)));
        }

        @Override
        public Tensor parameter(String name, Tensor base) {
            Tensor replaced = whole.get(name);
            if (replaced != null) {
                return replaced;
            }
            SparseMatrix matrix = sparse.get(name);
            if (matrix != null) {
                return matrix.value();
            }
            List<Site> parts = partsOfValues.get(name);
            return parts == null ? base : assemble(parts, base);
        }

        private Tensor assemble(List<Site> parts, Tensor base) {
            List<Tensor> pieces = new ArrayList<>();
            for (Site part : parts) {
                Tensor piece = parts.size() == 1 ? base : base.narrow(0, part.firstRow(), part.rows());
                UnaryOperator<Tensor> value = values.get(part);
                pieces.add(value == null ? piece : value.apply(piece));
            }
            return pieces.size() == 1 ? pieces.get(0) : Tensors.cat(pieces, 0);
        }

        @Override
        public void product(String weight, Tensor x, Tensor y) {
            SparseMatrix matrix = sparse.get(weight);
            if (matrix != null) {
                matrix.watch(x, y);
            }
        }

        @Override
        public Tensor output(String place, Tensor x, Tensor y, Noise noise) {
            Tensor filled = y;
            for (OutputFilling module : outputs.getOrDefault(place, List.of())) {
                filled = module.output(x, filled, noise);
            }
            return filled;
        }

        @Override
        public Tensor tokens(int block, Tensor x, Noise noise) {
            Tensor filled = x;
            for (TokenFilling filling : tokens.getOrDefault(block, List.of())) {
                filled = filling.tokens(filled, noise);
            }
            return filled;
        }

        @Override
        public Optional<Tensor> context(int block, Noise noise) {
            return contexts.getOrDefault(block, List.of()).stream()
                    .map(filling -> filling.context(noise))
                    .reduce(Fillings::joined);
        }

        private static Tensor joined(Tensor first, Tensor second) {
            long images = Math.max(first.size(0), second.size(0));
            return Tensors.cat(
                    List.of(
                            first.expand(images, first.size(1), first.size(2)),
                            second.expand(images, second.size(1), second.size(2))),
                    1);
        }

        @Override
        public Tensor pooled(Tensor x, Tensor own) {
            return pool.map(filling -> filling.pooled(x)).orElse(own);
        }

        void refresh() {
            sparse.values().forEach(SparseMatrix::refresh);
        }

        @Override
        public void close() {
            sparse.values().forEach(SparseMatrix::close);
            sparse.clear();
        }
    }
}
