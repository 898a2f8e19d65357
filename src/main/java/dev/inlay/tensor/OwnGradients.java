package dev.inlay.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
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
 * function is made of two nodes that cost nothing: its result gets no rows of another tensor copied into it, and those no rows are
 * a copy whose node hands on whatever gradient it gets, to the input. On the way between the two a hook puts the
 * function's gradient in the place of that of no rows. What a hook is called with belongs to the scope around backward, so
 * each frees it itself.
 */
public final class OwnGradients implements AutoCloseable {
    private static final ThreadLocal<OwnGradients> CURRENT = new ThreadLocal<>();

    private final OwnGradients outer;
    private final List<VoidTensorHook> hooks = new ArrayList<>();

    /** Opens one on this thread. */
    public OwnGradients() {
        outer = CURRENT.get();
        CURRENT.set(this);
    }

    /** The innermost one that is open on this thread. */
    public static Optional<OwnGradients> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /**
     * Makes the gradient of a result flow to what it was computed from.
     *
     * @param x requires a gradient
     * @param y (B, …), of its own storage, computed from {@code x} outside autograd
     * @param gradient from the gradient of {@code y} (its shape) to that of {@code x} (its shape); called without autograd, in a scope of
     *     its own, at most once, and before this object is closed
     * @return {@code y} for autograd, sharing its storage
     */
    public Tensor of(Tensor x, Tensor y, UnaryOperator<Tensor> gradient) {
        long[] rows = Tensors.shape(y);
        rows[0] = 0;
        Tensor result = new Tensor(y.variable_data());
        try (PointerScope scope = new PointerScope()) {
            Tensor nothing = torch.empty(rows);
            nothing.set_requires_grad(true);
            Tensor source = nothing.clone();
            source.grad_fn().set_next_edge(0, x.view_as(x).grad_fn().next_edge(0));
            result.index_copy_(0, Tensors.indices(new int[0]), source);
            Passing passing = new Passing(gradient);
            result.register_hook(kept(passing.taking));
            source.register_hook(kept(passing.giving));
        }
        return result;
    }

    private VoidTensorHook kept(VoidTensorHook hook) {
        hooks.add(Tensors.own(hook));
        return hook;
    }

    /** Ends the functions made here; backward must be over. */
    @Override
    public void close() {
        hooks.forEach(Tensors::release);
        CURRENT.set(outer);
    }

    /** One function's way back. */
    private static final class Passing {
        private Tensor ofResult;

        /** Sees the gradient of the result. */
        final VoidTensorHook taking = new VoidTensorHook() {
            @Override
            public void call(TensorBase gradient) {
                try (gradient;
                        PointerScope scope = new PointerScope()) {
                    ofResult = Tensors.own(new Tensor(gradient));
                }
            }
        };

        /** Sees the gradient of no rows. */
        final VoidTensorHook giving;

        Passing(UnaryOperator<Tensor> function) {
            giving = new VoidTensorHook() {
                @Override
                public void call(TensorBase gradient) {
                    try (gradient;
                            PointerScope scope = new PointerScope();
                            NoGradGuard guard = new NoGradGuard()) {
                        new Tensor(gradient).set_data(function.apply(ofResult));
                    } finally {
                        Tensors.release(ofResult);
                    }
                }
            };
        }
    }
}
