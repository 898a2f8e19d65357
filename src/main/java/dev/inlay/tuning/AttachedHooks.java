package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.kernels.SparseProduct;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.sparse.SparseMatrix;
import dev.inlay.tuning.sparse.SparseVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * Everything that a spec attached to a backbone, sorted so that a pass looks each parameter up once. An {@link AttachmentRecorder}
 * writes it; from then on it does not change but for the trained values behind it.
 */
public final class AttachedHooks implements ForwardHooks {
    final Map<TunableParameter, UnaryOperator<Tensor>> values = new HashMap<>();
    final Map<String, Tensor> whole = new HashMap<>();
    final Map<String, List<SparseMatrix.Entries>> entries = new HashMap<>();
    final Map<String, List<OutputHook>> outputs = new HashMap<>();
    final Map<Integer, List<TokenHook>> tokens = new HashMap<>();
    final Map<Integer, List<ContextHook>> contexts = new HashMap<>();
    final List<ImageHook> images = new ArrayList<>();
    final List<FeatureHook> features = new ArrayList<>();
    Optional<PoolHook> pool = Optional.empty();

    /** What the head's last layer sees of each place of a map, where one is read. */
    OptionalInt mapChannels = OptionalInt.empty();

    /** What no parameter of the backbone could hold, by method and kind, to where it acts. */
    final Map<String, List<String>> obstacles = new LinkedHashMap<>();

    /** Tensors that do not train, held for the modules. */
    final List<Tensor> constants = new ArrayList<>();

    /** Backbones for changed images; the last one is in use. */
    final List<Backbone> resized = new ArrayList<>();

    private final Backbone backbone;
    private final Map<String, List<TunableParameter>> partsOfValues = new HashMap<>();
    private final Map<String, SparseMatrix> sparse = new LinkedHashMap<>();

    /** Nothing yet. */
    AttachedHooks(Backbone backbone) {
        this.backbone = backbone;
    }

    /** To be called when everything is attached, before the first pass. */
    void finish() {
        Map<String, List<TunableParameter>> parts = new HashMap<>();
        running().tunableParameters().forEach(tunable -> parts.computeIfAbsent(
                        tunable.parameter(), p -> new ArrayList<>())
                .add(tunable));
        values.keySet().forEach(tunable -> partsOfValues.put(tunable.parameter(), parts.get(tunable.parameter())));
        entries.forEach((parameter, list) ->
                sparse.put(parameter, new SparseMatrix(running().parameters().get(parameter), list)));
    }

    /** The backbone that passes go through: for images as {@link #images} leaves them. */
    public Backbone running() {
        return resized.isEmpty() ? backbone : resized.get(resized.size() - 1);
    }

    /** The images that enter {@link #running}. */
    Tensor images(Tensor images, Dropout dropout) {
        Tensor changed = images;
        for (ImageHook hook : this.images) {
            changed = hook.images(changed, dropout);
        }
        return changed;
    }

    /** The features before the head's last layer, of what leaves the backbone. */
    Tensor features(Tensor read, Dropout dropout) {
        Tensor features = read;
        for (FeatureHook hook : this.features) {
            features = hook.features(features, dropout);
        }
        return features;
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        SparseMatrix matrix = sparse.get(name);
        return matrix == null || whole.containsKey(name) ? withoutEntries(name, base) : matrix.value(base);
    }

    /** The value of a parameter as if no single entries of matrices were tuned; {@link #deltas} make up for them. */
    public Tensor withoutEntries(String name, Tensor base) {
        Tensor replaced = whole.get(name);
        if (replaced != null) {
            return replaced;
        }
        List<TunableParameter> parts = sparse.containsKey(name) ? null : partsOfValues.get(name);
        return parts == null ? base : assemble(parts, base);
    }

    /**
     * Writes what {@link #withoutEntries} gives of a vector into an array.
     *
     * @param values holds the frozen numbers from {@code offset}; they are replaced
     */
    public void write(String name, Tensor base, float[] values, int offset) {
        Tensor replaced = whole.get(name);
        if (replaced != null) {
            Tensors.floats(replaced, values, offset);
            return;
        }
        for (TunableParameter part : partsOfValues.getOrDefault(name, List.of())) {
            UnaryOperator<Tensor> value = this.values.get(part);
            if (value instanceof SparseVector sparse) {
                sparse.addTo(values, offset + Math.toIntExact(part.firstRow()));
            } else if (value != null) {
                Tensors.floats(
                        value.apply(base.narrow(0, part.firstRow(), part.rows())),
                        values,
                        offset + Math.toIntExact(part.firstRow()));
            }
        }
    }

    /** Whether {@link #withoutEntries} gives another value than the frozen one. */
    public boolean replaces(String parameter) {
        return whole.containsKey(parameter) || !sparse.containsKey(parameter) && partsOfValues.containsKey(parameter);
    }

    /** Whether the frozen value of a tunable parameter is replaced, wherever single entries of matrices are left out. */
    public boolean replaces(TunableParameter tunable) {
        return whole.containsKey(tunable.parameter())
                || !sparse.containsKey(tunable.parameter()) && values.containsKey(tunable);
    }

    /** What the tuned single entries of a matrix add to its product; empty if it has none. */
    public Optional<SparseProduct> deltas(String weight) {
        return Optional.ofNullable(whole.containsKey(weight) ? null : sparse.get(weight))
                .map(SparseMatrix::deltas);
    }

    /** The module of a place if it is the only one there, and a bottleneck. */
    public Optional<Bottleneck> bottleneck(String place) {
        List<OutputHook> modules = outputs.getOrDefault(place, List.of());
        return modules.size() == 1 && modules.get(0) instanceof Bottleneck bottleneck
                ? Optional.of(bottleneck)
                : Optional.empty();
    }

    private Tensor assemble(List<TunableParameter> parts, Tensor base) {
        List<Tensor> pieces = new ArrayList<>();
        for (TunableParameter part : parts) {
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
    public Tensor output(String place, Tensor x, Tensor y, Dropout dropout) {
        List<OutputHook> modules = outputs.getOrDefault(place, List.of());
        if (modules.isEmpty()) {
            return y;
        }
        Tensor in = Precision.FLOAT32.of(x);
        Tensor filled = Precision.FLOAT32.of(y);
        for (OutputHook module : modules) {
            filled = module.output(in, filled, dropout);
        }
        return filled;
    }

    @Override
    public Tensor tokens(int block, Tensor x, Dropout dropout) {
        Tensor filled = x;
        for (TokenHook hook : tokens.getOrDefault(block, List.of())) {
            filled = hook.tokens(filled, dropout);
        }
        return filled;
    }

    @Override
    public Optional<Tensor> context(int block, Dropout dropout) {
        return contexts.getOrDefault(block, List.of()).stream()
                .map(hook -> hook.context(dropout))
                .reduce(AttachedHooks::joined);
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
    public boolean readsOthers() {
        return pool.isPresent() || readsMap();
    }

    /** Whether what is read of a pass is a map of all patches and not the backbone's features. */
    public boolean readsMap() {
        return mapChannels.isPresent();
    }

    /** Whether tokens are pooled in another way than the backbone's. */
    boolean poolsAnew() {
        return pool.isPresent();
    }

    @Override
    public Tensor pooled(Tensor x, Tensor own) {
        return pool.map(hook -> hook.pooled(x)).orElse(own);
    }

    /** Whether the images are changed before they enter the backbone. */
    public boolean changesImages() {
        return !images.isEmpty();
    }

    /** Whether a module acts at a place. */
    public boolean changesOutput(String place) {
        return outputs.containsKey(place);
    }

    /** Whether the tokens that enter a block are changed. */
    public boolean changesTokens(int block) {
        return tokens.containsKey(block);
    }

    /** Whether a block's attention has further keys and values. */
    public boolean hasContext(int block) {
        return contexts.containsKey(block);
    }

    /** How many tokens are put in before a block. */
    public int addedTokens(int block) {
        return tokens.getOrDefault(block, List.of()).stream()
                .mapToInt(TokenHook::added)
                .sum();
    }

    /** How many tunable parameters have a value of their own. */
    public int countOfValues() {
        return values.size();
    }

    /** At how many places modules act. */
    public int countOfPlaces() {
        return outputs.size();
    }

    /** The bytes of the positions that are held on the Java heap. */
    long heapBytes() {
        return entries.values().stream()
                .flatMap(List::stream)
                .mapToLong(own -> (long) Integer.BYTES * own.indices().size())
                .sum();
    }

    /** Whether a frozen parameter is filled, wholly or in part. */
    boolean modifies(String parameter) {
        return whole.containsKey(parameter) || entries.containsKey(parameter) || partsOfValues.containsKey(parameter);
    }

    void refresh() {
        sparse.values().forEach(SparseMatrix::refresh);
    }

    /** Frees what the passes needed; borrowed trainables stay. */
    void close() {
        sparse.values().forEach(SparseMatrix::close);
        sparse.clear();
        constants.forEach(Tensors::release);
        constants.clear();
        resized.forEach(Backbone::close);
        resized.clear();
    }
}
