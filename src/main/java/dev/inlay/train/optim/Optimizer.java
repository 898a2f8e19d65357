package dev.inlay.train.optim;

import dev.inlay.error.InlayException;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Moves parameters along their gradients. It owns its state and borrows the parameters. For one thread at a time.
 */
public interface Optimizer extends AutoCloseable {
    /**
     * One step with the gradients accumulated since {@link #zeroGrad}. A parameter without a gradient is left as it is,
     * its state too. What the step needs for a moment is freed when it returns.
     *
     * @param learningRate at least 0; multiplied by the factor of each group
     */
    void step(double learningRate);

    /** Drops all gradients: they are undefined until the next backward pass. */
    void zeroGrad();

    /**
     * The state by name, {@code <parameter>.<quantity>}: the tensors themselves, borrowed and changed by {@link #step}.
     * Together with the parameters it is all that the next steps depend on.
     */
    Map<String, Tensor> state();

    /**
     * Copies saved state into this optimiser's, so that the steps that follow are those that would have followed when it
     * was saved, bit for bit.
     *
     * @param saved exactly the names and shapes of {@link #state}; borrowed
     * @throws InlayException if a name is missing or unknown or a shape differs; names them, and nothing is changed
     */
    void restore(Map<String, Tensor> saved);

    /** Frees the state; a second call does nothing. */
    @Override
    void close();
}
