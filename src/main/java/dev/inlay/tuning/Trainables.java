package dev.inlay.tuning;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.NativeContainer;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The trainables of a tuning by name, in the order they were registered. To be trained, they are leaves under one native
 * container; to be used only, they are what a store has, and the container is empty.
 */
final class Trainables implements AutoCloseable {
    private final Device device;
    private final Optional<StoredTrainables> stored;
    private final NativeContainer container = new NativeContainer();
    private final Map<String, Trainable> byName = new LinkedHashMap<>();

    private Trainables(Device device, Optional<StoredTrainables> stored) {
        this.device = device;
        this.stored = stored;
    }

    /** To be trained, starting from initial values. */
    static Trainables toTrain(Device device) {
        return new Trainables(device, Optional.empty());
    }

    /**
     * To be used as a store has them.
     *
     * @param stored ownership passes to this object
     */
    static Trainables of(Device device, StoredTrainables stored) {
        return new Trainables(device, Optional.of(stored));
    }

    /** Whether values come from a store, so that initial ones are of no use. */
    boolean areStored() {
        return stored.isPresent();
    }

    /**
     * Registers one.
     *
     * @see Attachment#trainable(String, Tensor, Role, Kind)
     */
    Tensor register(String name, Tensor initial, Role part, Kind kind) {
        if (stored.isPresent()) {
            return restored(stored.get(), name, Tensors.shape(initial), part, kind);
        }
        requireNew(name);
        Tensor leaf = device.put(initial.detach()).clone();
        Trainable trainable = new Trainable(name, leaf, part, kind);
        if (trainable.isLearned()) {
            leaf.set_requires_grad(true);
            container.parameter(name, leaf);
        } else {
            container.buffer(name, leaf);
        }
        byName.put(name, trainable);
        return leaf;
    }

    /**
     * Registers one.
     *
     * @see Attachment#trainable(String, float[], long[], Role, Kind)
     */
    Tensor register(String name, float[] initial, long[] shape, Role part, Kind kind) {
        if (stored.isPresent()) {
            return restored(stored.get(), name, shape, part, kind);
        }
        try (Tensor values = Device.CPU.of(initial, shape)) {
            return register(name, values, part, kind);
        }
    }

    private Tensor restored(StoredTrainables values, String name, long[] shape, Role part, Kind kind) {
        requireNew(name);
        Tensor value = values.take(name, shape);
        byName.put(name, new Trainable(name, value, part, kind));
        return value;
    }

    private void requireNew(String name) {
        if (byName.containsKey(name)) {
            throw new ConfigException(
                    "method: two of its parts tune " + name + "; keep one, or give them other blocks or operations");
        }
    }

    /** All of them, a view. */
    Map<String, Trainable> byName() {
        return Collections.unmodifiableMap(byName);
    }

    /** The native modules that hold those to be trained. */
    NativeContainer container() {
        return container;
    }

    /**
     * Sets all to stored values.
     *
     * @see Tuning#load
     */
    void load(Map<String, Tensor> values, String source) {
        List<String> problems = new ArrayList<>();
        byName.forEach((name, trainable) -> {
            Tensor value = values.get(name);
            List<Long> expected = Tensors.shapeOf(trainable.tensor());
            if (value == null) {
                problems.add("missing " + name + " " + expected);
            } else if (!Tensors.shapeOf(value).equals(expected)) {
                problems.add(name + ": expected " + expected + ", found " + Tensors.shapeOf(value));
            }
        });
        values.keySet().stream()
                .filter(name -> !byName.containsKey(name))
                .forEach(name -> problems.add("unexpected " + name));
        if (!problems.isEmpty()) {
            throw new DataException(source + " does not fit what is tuned:\n  - " + String.join("\n  - ", problems));
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            byName.forEach((name, trainable) -> trainable.tensor().copy_(values.get(name)));
        }
    }

    @Override
    public void close() {
        container.close();
        stored.ifPresent(StoredTrainables::close);
        byName.clear();
    }
}
