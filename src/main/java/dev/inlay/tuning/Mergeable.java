package dev.inlay.tuning;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A module whose output other values of the step's own parameters give as well. */
public interface Mergeable extends OutputHook {
    /**
     * The parameters that a step needs to give by itself what it gives with this module, in a pass without noise.
     *
     * @param step the parameters without the module
     * @return of the same shapes; a bias where {@code step} has none if the module adds one
     */
    Weights merged(Weights step);

    /**
     * What a step multiplies by and adds.
     *
     * @param weight (out, …), a product's matrix, a normalisation's scale or filters
     * @param bias (out); empty if the step adds nothing
     */
    record Weights(Tensor weight, Optional<Tensor> bias) {}
}
