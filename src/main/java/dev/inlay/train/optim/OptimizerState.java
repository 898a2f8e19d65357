package dev.inlay.train.optim;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** The named tensors that an optimiser owns. */
final class OptimizerState implements AutoCloseable {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /**
     * Takes ownership of a new tensor.
     *
     * @return {@code tensor}
     */
    Tensor add(Parameter parameter, String quantity, Tensor tensor) {
        String name = parameter.name() + "." + quantity;
        if (tensors.containsKey(name)) {
            throw new IllegalArgumentException("two parameters are called " + parameter.name());
        }
        tensors.put(name, Tensors.own(tensor));
        return tensor;
    }

    Map<String, Tensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    void restore(Map<String, Tensor> saved) {
        List<String> problems = new ArrayList<>();
        tensors.forEach((name, tensor) -> {
            if (!saved.containsKey(name)) {
                problems.add(name + ": missing");
            } else if (!Tensors.shapeOf(saved.get(name)).equals(Tensors.shapeOf(tensor))) {
                problems.add(name + ": expected shape " + Tensors.shapeOf(tensor) + ", found "
                        + Tensors.shapeOf(saved.get(name)));
            }
        });
        saved.keySet().stream()
                .filter(name -> !tensors.containsKey(name))
                .forEach(name -> problems.add(name + ": not part of this optimiser"));
        if (!problems.isEmpty()) {
            throw new InlayException("the saved state is not of this optimiser over these parameters:\n  - "
                    + String.join("\n  - ", problems));
        }
        try (NoGradGuard noGrad = new NoGradGuard()) {
            tensors.forEach((name, tensor) -> tensor.copy_(saved.get(name)));
        }
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensors::release);
        tensors.clear();
    }
}
