package dev.inlay.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.VoidTensorHook;

/**
 * Functions whose gradient is computed by Java code: what {@code torch.autograd.Function} is elsewhere. Covers the forward
 * and backward passes of one thread that run while it is open; the innermost one counts. On the CPU, where backward runs in
 * the thread that asks for it.
 *
 * <p>LibTorch's nodes cannot be subclassed from Java, but hooks see what passes between them, and edges can be set by hand. A
 * function is made of nodes that cost nothing: its result gets no rows of another tensor copied into it, and those no rows are
 * a copy whose node hands on whatever gradient it gets, to an input; several inputs are the difference of such copies, since
 * a difference gives each a gradient of its own. On the way between the nodes a hook puts the
 * function's gradient in the place of that of no rows. What a hook is called with belongs to the scope around backward, so
 * each frees it itself.
 */
public final class AutogradFunction implements AutoCloseable {
    private static final ThreadLocal<AutogradFunction> CURRENT = new ThreadLocal<>();

    private final AutogradFunction outer;
    private final List<VoidTensorHook> hooks = new ArrayList<>();
    private final List<Function> functions = new ArrayList<>();

    /** Opens one on this thread. */
    public AutogradFunction() {
        outer = CURRENT.get();
        CURRENT.set(this);
    }

    /** The innermost one that is open on this thread. */
    public static Optional<AutogradFunction> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /** How the gradient of an input follows from that of the result. */
    @FunctionalInterface
    public interface Gradient {
        /**
         * Called without autograd, in a scope of its own, at most once.
         *
         * @param ofResult as the result
         * @param kept what was said to be kept, in that order
         * @return as the input
         */
        Tensor of(Tensor ofResult, List<Tensor> kept);
    }

    /** How the gradients of all inputs follow from that of the result, where they are computed together. */
    @FunctionalInterface
    public interface Gradients {
        /**
         * Called without autograd, in a scope of its own, at most once.
         *
         * @param ofResult as the result
         * @param kept what was said to be kept, in that order
         * @return as the inputs, in their order
         */
        List<Tensor> of(Tensor ofResult, List<Tensor> kept);
    }

    /**
     * What a result was computed from.
     *
     * @param tensor requires a gradient
     */
    public record Input(Tensor tensor, Gradient gradient) {}

    /**
     * Makes the gradient of a result flow to what it was computed from.
     *
     * @param y (B, …), of its own storage, computed outside autograd
     * @param inputs at least one; their gradients are asked for before this object is closed
     * @param kept what these gradients read; kept until they are there
     * @return {@code y} for autograd, sharing its storage
     */
    public Tensor of(Tensor y, List<Input> inputs, Tensor... kept) {
        Gradients oneByOne = (ofResult, read) -> inputs.stream()
                .map(input -> input.gradient().of(ofResult, read))
                .toList();
        return of(y, inputs.stream().map(Input::tensor).toList(), oneByOne, kept);
    }

    /**
     * The same for gradients that are computed together.
     *
     * @param y (B, …), of its own storage, computed outside autograd
     * @param inputs at least one, each of which requires a gradient; these are asked for before this object is closed
     * @param kept what the gradients read; kept until they are there
     * @return {@code y} for autograd, sharing its storage
     */
    public Tensor of(Tensor y, List<Tensor> inputs, Gradients gradients, Tensor... kept) {
        long[] rows = Tensors.shape(y);
        rows[0] = 0;
        Tensor result = new Tensor(y.variable_data());
        Function function = new Function(gradients, kept);
        functions.add(function);
        try (PointerScope scope = new PointerScope()) {
            Tensor source = null;
            for (int i = 0; i < inputs.size(); i++) {
                Tensor one = source(inputs.get(i), y.new_empty(rows), function.giving(i));
                source = source == null ? one : source.sub(one);
            }
            result.index_copy_(0, Tensors.indices(new int[0]), source);
            result.register_hook(lasting(function.taking()));
        }
        return result;
    }

    /** No rows, whose node hands on what {@code giving} puts in the place of their gradient. */
    private Tensor source(Tensor x, Tensor nothing, VoidTensorHook giving) {
        nothing.set_requires_grad(true);
        Tensor source = nothing.clone();
        source.grad_fn().set_next_edge(0, x.view_as(x).grad_fn().next_edge(0));
        source.register_hook(lasting(giving));
        return source;
    }

    private VoidTensorHook lasting(VoidTensorHook hook) {
        hooks.add(Tensors.own(hook));
        return hook;
    }

    /** Ends the functions made here; backward must be over. */
    @Override
    public void close() {
        hooks.forEach(Tensors::release);
        functions.forEach(Function::release);
        CURRENT.set(outer);
    }

    /** The way back through one function. */
    private static final class Function {
        private final Gradients gradients;
        private final List<Tensor> kept;
        private Tensor ofResult;
        private List<Tensor> ofInputs = List.of();

        /** With what the gradients read. */
        Function(Gradients gradients, Tensor... kept) {
            this.gradients = gradients;
            this.kept = Arrays.stream(kept).map(Function::another).toList();
        }

        /** A handle of its own, which no scope frees. */
        private static Tensor another(TensorBase tensor) {
            try (PointerScope scope = new PointerScope()) {
                return Tensors.own(new Tensor(tensor));
            }
        }

        /** Sees the gradient of the result. */
        VoidTensorHook taking() {
            return new VoidTensorHook() {
                @Override
                public void call(TensorBase gradient) {
                    try (gradient) {
                        ofResult = another(gradient);
                    }
                }
            };
        }

        /** Sees the gradient of no rows, in the place of that of an input. */
        VoidTensorHook giving(int input) {
            return new VoidTensorHook() {
                @Override
                public void call(TensorBase gradient) {
                    try (gradient;
                            PointerScope scope = new PointerScope();
                            NoGradGuard guard = new NoGradGuard()) {
                        if (ofInputs.isEmpty()) {
                            compute();
                        }
                        new Tensor(gradient).set_data(ofInputs.get(input));
                        Tensors.release(ofInputs.get(input));
                    }
                }
            };
        }

        private void compute() {
            try {
                ofInputs = gradients.of(ofResult, kept).stream()
                        .map(Function::another)
                        .toList();
            } finally {
                releaseRead();
            }
        }

        private void releaseRead() {
            Tensors.release(ofResult);
            kept.forEach(Tensors::release);
        }

        void release() {
            releaseRead();
            ofInputs.forEach(Tensors::release);
        }
    }
}
