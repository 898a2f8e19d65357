package dev.inlay.tuning;

import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * A module that adds what it reads through a narrow inner vector: y + scale · Up(activation(Down(h))). In passes without
 * noise, modules of one form that many tunings have at a place are computed as one batched product.
 */
public interface Bottleneck extends OutputHook {
    /** What the module computes in a pass without noise. */
    Factors factors();

    /**
     * Numbers of a bottleneck.
     *
     * @param form what those that are computed together have in common
     * @param down (r, in)
     * @param downBias (r); empty if nothing is added
     * @param up (out, r)
     * @param upBias (out); empty if nothing is added; there if {@code downBias} is
     */
    record Factors(Form form, Tensor down, Optional<Tensor> downBias, Tensor up, Optional<Tensor> upBias) {
        private static final UnaryOperator<Tensor> STRAIGHT = x -> x;

        /** Factors of an update scale · B A, without biases and with nothing between the two. */
        public static Factors linear(Tensor a, Tensor b, double scale) {
            Form form = new Form(true, Math.toIntExact(a.size(0)), scale, false, STRAIGHT);
            return new Factors(form, a, Optional.empty(), b, Optional.empty());
        }

        /**
         * Factors of an adapter.
         *
         * @param beside see {@link Form#beside}
         * @param activation equal ones are one object
         */
        public static Factors of(
                boolean beside, Affine down, Affine up, double scale, UnaryOperator<Tensor> activation) {
            Form form = new Form(beside, Math.toIntExact(down.bias().numel()), scale, true, activation);
            return new Factors(form, down.weight(), Optional.of(down.bias()), up.weight(), Optional.of(up.bias()));
        }
    }

    /**
     * How a bottleneck computes.
     *
     * @param beside whether h is the input of the step instead of its output
     * @param rank r
     * @param scale of what is added
     * @param biased whether something is added to both products
     * @param activation of the inner vector, number by number
     */
    record Form(boolean beside, int rank, double scale, boolean biased, UnaryOperator<Tensor> activation) {
        /** Whether what is added is a matrix of low rank times h. */
        public boolean isLinear() {
            return !biased && activation == Factors.STRAIGHT;
        }
    }
}
