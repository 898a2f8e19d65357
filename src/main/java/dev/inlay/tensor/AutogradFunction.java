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
import org.bytedeco.pytorch.global.torch;

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
     * @param kept what these gradients read; kept until the last one is there
     * @return {@code y} for autograd, sharing its storage
     */
    public Tensor of(Tensor y, List<Input> inputs, Tensor... kept) {
        Tensor result = new Tensor(y.variable_data());
        Function function = new Function(inputs.size(), kept);
        functions.add(function);
        try (PointerScope scope = new PointerScope()) {
            Tensor source = null;
            for (Input input : inputs) {
                Tensor one = source(input, y, function);
                source = source == null ? one : source.sub(one);
            }
            result.index_copy_(0, Tensors.indices(new int[0]), source);
            result.register_hook(lasting(function.taking()));
        }
        return result;
    }

    /** No rows, whose node hands on what {@code function} puts in the place of their gradient. */
    private Tensor source(Input input, Tensor y, Function function) {
        Tensor nothing = torch.empty_like(y.narrow(0, 0, 0));
        nothing.set_requires_grad(true);
        Tensor source = nothing.clone();
        Tensor x = input.tensor();
        source.grad_fn().set_next_edge(0, x.view_as(x).grad_fn().next_edge(0));
        source.register_hook(lasting(function.giving(input.gradient())));
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
        private final List<Tensor> kept;
        private Tensor ofResult;
        private int left;

        /**
         * @param inputs how many gradients will be asked for
         * @param kept what they read
         */
        Function(int inputs, Tensor... kept) {
            this.left = inputs;
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

        /** Sees the gradient of no rows. */
        VoidTensorHook giving(Gradient ofInput) {
            return new VoidTensorHook() {
                @Override
                public void call(TensorBase gradient) {
                    try (gradient;
                            PointerScope scope = new PointerScope();
                            NoGradGuard guard = new NoGradGuard()) {
                        new Tensor(gradient).set_data(ofInput.of(ofResult, kept));
                    } finally {
                        left--;
                        if (left == 0) {
                            release();
                        }
                    }
                }
            };
        }

        void release() {
            Tensors.release(ofResult);
            kept.forEach(Tensors::release);
        }
    }
}
