package dev.inlay.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;

/**
 * Functions applied one after the other, of which nothing is kept for the gradient but what enters each; backward computes
 * each once more (Chen et al., "Training deep nets with sublinear memory cost", arXiv 1604.06174). They must give the same
 * both times. Belongs to the scope it is made in.
 */
public final class Recomputed {
    private final List<UnaryOperator<Tensor>> functions;
    private final List<Tensor> inputs = new ArrayList<>();
    private final Tensor output;

    /**
     * Applies the functions.
     *
     * @param input of the first; no gradient flows to it
     */
    public Recomputed(List<UnaryOperator<Tensor>> functions, Tensor input) {
        this.functions = functions;
        Tensor x = input;
        try (NoGradGuard guard = new NoGradGuard()) {
            for (UnaryOperator<Tensor> function : functions) {
                Tensor entering = x;
                inputs.add(entering);
                x = Tensors.scoped(() -> function.apply(entering));
            }
        }
        this.output = x;
        if (!functions.isEmpty()) {
            output.set_requires_grad(true);
        }
    }

    /** What the last function gives, a leaf of the graph; the input if there is no function. */
    public Tensor output() {
        return output;
    }

    /** Goes on from the gradient that {@link #output} got to all that requires one inside the functions. */
    public void backward() {
        Tensor after = output;
        for (int i = functions.size() - 1; i >= 0; i--) {
            Tensor entering = inputs.get(i);
            entering.set_requires_grad(i > 0);
            try (PointerScope scope = new PointerScope()) {
                Tensor again = functions.get(i).apply(entering);
                if (again.requires_grad()) {
                    again.backward(after.grad(), new BoolOptional(), false, new TensorArrayRefOptional());
                }
            }
            after.mutable_grad().reset();
            after = entering;
        }
    }
}
