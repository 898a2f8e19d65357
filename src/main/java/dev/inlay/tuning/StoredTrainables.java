package dev.inlay.tuning;

import dev.inlay.error.DataException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** The trainables of a store, as a tuning takes them; holds those that were taken. */
final class StoredTrainables implements AutoCloseable {
    /** So many are told: what a file lacks is asked for in vain, and may be long. */
    private static final int MAX_PROBLEMS = 20;

    private final List<Tensor> held = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Set<String> untaken;
    private final Device device;
    private final String source;
    private Map<String, Tensor> values;

    /**
     * @param device where they are wanted
     * @param values by name; let go of by {@link #requireAllTaken}
     * @param source what to call the store in errors
     */
    StoredTrainables(Device device, Map<String, Tensor> values, String source) {
        this.device = device;
        this.source = source;
        this.values = values;
        this.untaken = new HashSet<>(values.keySet());
    }

    /**
     * A value; where it is not there or of another shape, an empty tensor, and a problem.
     *
     * @throws DataException if there are many problems
     */
    Tensor take(String name, long[] shape) {
        Tensor value = values.get(name);
        untaken.remove(name);
        if (value != null && Arrays.equals(Tensors.shape(value), shape)) {
            Tensor here = Tensors.own(device.put(value));
            held.add(here);
            return here;
        }
        problems.add(
                value == null
                        ? "missing " + name + " " + Arrays.toString(shape)
                        : name + ": expected " + Arrays.toString(shape) + ", found " + Tensors.shapeOf(value));
        if (problems.size() == MAX_PROBLEMS) {
            problems.add("and perhaps more");
            throw misfit();
        }
        Tensor none = Tensors.own(device.of(new float[0], 0));
        held.add(none);
        return none;
    }

    /**
     * To be called when everything was asked for.
     *
     * @throws DataException naming the tensors that were missing, of another shape or not asked for
     */
    void requireAllTaken() {
        untaken.stream().sorted().limit(MAX_PROBLEMS).forEach(name -> problems.add("unexpected " + name));
        if (untaken.size() > MAX_PROBLEMS) {
            problems.add("and " + (untaken.size() - MAX_PROBLEMS) + " more that are unexpected");
        }
        values = Map.of();
        if (!problems.isEmpty()) {
            throw misfit();
        }
    }

    private DataException misfit() {
        return new DataException(source + " does not fit what is tuned:\n  - " + String.join("\n  - ", problems));
    }

    @Override
    public void close() {
        held.forEach(Tensors::release);
        held.clear();
    }
}
