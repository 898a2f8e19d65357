package dev.inlay.train;

import dev.inlay.data.loading.Batch;
import dev.inlay.error.InlayException;
import dev.inlay.parallel.Group;
import dev.inlay.tensor.Device;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** What a {@link Training} takes forward step by step; all that later steps depend on is in its state. For one thread. */
public sealed interface Learner extends AutoCloseable permits Trainer, Heads {
    /** The settings this trains by. */
    TrainingSettings settings();

    /** Where batches are wanted. */
    Device device();

    /** The ranks that train together, borrowed. */
    Group group();

    /**
     * One step, which all ranks take together.
     *
     * @param epoch from 0
     * @param step in its epoch, from 0
     * @param stepsPerEpoch at least 1
     * @param rows of the whole batch
     * @param share this rank's part of it, of the caller's scope; empty where there are fewer rows than ranks
     * @return what the whole batch gave, on every rank
     * @throws InlayException if the loss or the gradient is not finite
     */
    StepResult step(int epoch, int step, int stepsPerEpoch, int rows, Optional<Batch> share);

    /** Everything that later steps depend on, by name: {@code param.…} and {@code optimizer.…}; borrowed. */
    Map<String, Tensor> state();

    /**
     * Continues from a saved state.
     *
     * @param state exactly the names and shapes of {@link #state}; borrowed
     * @param source what to call it in errors
     * @throws InlayException if it does not fit
     */
    void restore(Map<String, Tensor> state, String source);

    @Override
    void close();
}
