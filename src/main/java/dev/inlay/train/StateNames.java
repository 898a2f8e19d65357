package dev.inlay.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** How the tensors of a {@link Learner} are called in its state. */
final class StateNames {
    private static final String PARAMETER = "param.";
    private static final String OPTIMIZER = "optimizer.";

    private StateNames() {}

    /** What is learned and the optimiser's state, as one. */
    static Map<String, Tensor> state(Map<String, Tensor> parameters, Map<String, Tensor> optimizer) {
        Map<String, Tensor> state = new LinkedHashMap<>();
        parameters.forEach((name, tensor) -> state.put(PARAMETER + name, tensor));
        optimizer.forEach((name, tensor) -> state.put(OPTIMIZER + name, tensor));
        return state;
    }

    /** What is learned. */
    static Map<String, Tensor> parameters(Map<String, Tensor> state) {
        return below(PARAMETER, state);
    }

    /** The optimiser's state. */
    static Map<String, Tensor> optimizer(Map<String, Tensor> state) {
        return below(OPTIMIZER, state);
    }

    private static Map<String, Tensor> below(String prefix, Map<String, Tensor> state) {
        Map<String, Tensor> part = new LinkedHashMap<>();
        state.forEach((name, tensor) -> {
            if (name.startsWith(prefix)) {
                part.put(name.substring(prefix.length()), tensor);
            }
        });
        return part;
    }
}
