package dev.inlay.train;

import dev.inlay.error.InlayException;
import dev.inlay.parallel.Group;
import dev.inlay.tensor.Device;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** What a {@link TrainingLoop} takes forward step by step; all that later steps depend on is in its state. For one thread. */
public sealed interface SteppedTraining extends AutoCloseable permits Trainer, StackedHeads {
    /** Before the name of each parameter in {@link #state}. */
    String PARAMETER = "param.";

    /** Before the name of each tensor of the optimiser in {@link #state}. */
    String OPTIMIZER = "optimizer.";

    /** The settings this trains by. */
    TrainingSettings settings();

    /** Where batches are wanted. */
    Device device();

    /** The ranks that train together, borrowed. */
    Group group();

    /**
     * One step of the optimiser, which all ranks take together.
     *
     * @param epoch from 0
     * @param step in its epoch, from 0
     * @param stepsPerEpoch at least 1
     * @param rows of the whole step
     * @param share this rank's part of them
     * @return what the whole step gave, on every rank
     * @throws InlayException if the loss or the gradient is not finite
     */
    StepResult step(int epoch, int step, int stepsPerEpoch, int rows, StepShare share);

    /** What is learned, by name; borrowed. */
    Map<String, Tensor> parameters();

    /** The optimiser's state, by name; borrowed. */
    Map<String, Tensor> optimizerState();

    /**
     * Continues from a saved state.
     *
     * @param parameters exactly the names and shapes of {@link #parameters}; borrowed
     * @param optimizer those of {@link #optimizerState}; borrowed
     * @param source what to call it in errors
     * @throws InlayException if it does not fit
     */
    void restore(Map<String, Tensor> parameters, Map<String, Tensor> optimizer, String source);

    /** Everything that later steps depend on, by name: {@code param.…} and {@code optimizer.…}; borrowed. */
    default Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        parameters().forEach((name, tensor) -> state.put(PARAMETER + name, tensor));
        optimizerState().forEach((name, tensor) -> state.put(OPTIMIZER + name, tensor));
        return state;
    }

    /**
     * Continues from a saved state.
     *
     * @param state exactly the names and shapes of {@link #state}; borrowed
     * @param source what to call it in errors
     * @throws InlayException if it does not fit
     */
    default void restore(Map<String, Tensor> state, String source) {
        restore(below(PARAMETER, state), below(OPTIMIZER, state), source);
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

    @Override
    void close();
}
