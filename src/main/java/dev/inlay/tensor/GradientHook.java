package dev.inlay.tensor;

import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.FunctionPostHook;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Node;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Takes the gradient of a leaf the moment it is complete and frees it, so that a backward pass holds one gradient at a
 * time. Sits on the leaf's AccumulateGrad node.
 */
public final class GradientHook implements AutoCloseable {
    private final Node accumulate;
    private final FunctionPostHook hook;
    private volatile Throwable failure;

    /**
     * @param leaf requires a gradient; must outlive this hook
     * @param consumer gets each complete gradient, without autograd, in a scope of its own; the gradient is gone afterwards
     */
    public GradientHook(Tensor leaf, Consumer<Tensor> consumer) {
        hook = Tensors.own(new FunctionPostHook() {
            @Override
            public TensorVector apply(TensorVector outputs, TensorVector inputs) {
                try (PointerScope scope = new PointerScope();
                        NoGradGuard guard = new NoGradGuard()) {
                    consumer.accept(leaf.grad());
                    leaf.mutable_grad().reset();
                } catch (RuntimeException | Error e) {
                    failure = e;
                    throw e;
                }
                return outputs;
            }
        });
        try (PointerScope scope = new PointerScope()) {
            // only a view of the leaf leads to its AccumulateGrad node
            accumulate = Tensors.own(leaf.view_as(leaf).grad_fn().next_edge(0).function());
            accumulate.add_post_hook(hook);
        }
    }

    /**
     * Throws what the consumer threw, if it did: autograd loses the type and the stack of it.
     *
     * @throws RuntimeException or {@link Error}, as the consumer threw it
     */
    public void rethrow() {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    @Override
    public void close() {
        Tensors.release(accumulate);
        Tensors.release(hook);
    }
}
