package dev.inlay.backbone;

import org.bytedeco.pytorch.Tensor;

/**
 * The random part of a training pass. A pass repeated with the same noise gives the same numbers, so that activations may
 * be recomputed and runs resumed.
 */
public interface Dropout {
    /** No noise: evaluation. */
    Dropout NONE = new Dropout() {
        @Override
        public boolean training() {
            return false;
        }

        @Override
        public Tensor dropPath(Tensor x, String place, double rate) {
            return x;
        }

        @Override
        public Tensor dropout(Tensor x, String place, double rate) {
            return x;
        }
    };

    /** Whether the pass is one of training, in which statistics of the batch are used and kept. */
    boolean training();

    /**
     * Stochastic depth: drops whole samples with probability {@code rate} and scales the others by 1 / (1 - rate).
     *
     * @param x (B, …), or (1, …) for what all samples share until now
     * @param place where in the network; each place draws its own numbers
     * @param rate in [0, 1)
     * @return {@code x} if the rate is 0, else (B, …)
     */
    Tensor dropPath(Tensor x, String place, double rate);

    /**
     * Drops single numbers with probability {@code rate} and scales the others by 1 / (1 - rate).
     *
     * @param x (B, …), or (1, …) for what all samples share until now
     * @param place where in the network; each place draws its own numbers
     * @param rate in [0, 1)
     * @return {@code x} if the rate is 0, else (B, …)
     */
    Tensor dropout(Tensor x, String place, double rate);
}
