package dev.inlay.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.VoidTensorHook;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/**
 * Hooks run on threads that LibTorch started, which is where a GPU's backward pass runs. Without a GPU LibTorch hands a backward pass
 * to such a thread when it is nested in 60 others.
 */
class HooksOnForeignThreadsTest {
    private static final int NESTED = 64;

    static {
        LibTorch.load();
    }

    /** A backward pass in the hook of another one, and so on; the hook of the innermost gets the gradient, (3, 3). */
    private static void backward(int nested, Consumer<Tensor> innermost) {
        Consumer<Tensor> consumer = nested == 0 ? innermost : gradient -> backward(nested - 1, innermost);
        try (PointerScope scope = new PointerScope();
                AutoGradMode enabled = new AutoGradMode(true)) {
            Tensor leaf = torch.ones(2);
            leaf.set_requires_grad(true);
            try (GradientHook hook = new GradientHook(leaf, consumer)) {
                try {
                    leaf.mul(new Scalar(3.0)).sum().backward();
                } finally {
                    hook.rethrow();
                }
            }
        }
    }

    @Test
    void aGradientHookComputesThere() {
        Thread[] ran = new Thread[1];
        float[][] seen = new float[1][];
        backward(NESTED, gradient -> {
            ran[0] = Thread.currentThread();
            seen[0] = Tensors.floats(gradient);
        });
        assertThat(ran[0]).isNotSameAs(Thread.currentThread());
        assertThat(seen[0]).containsExactly(3, 3);
    }

    @Test
    void whatAGradientHookThrowsThereIsRethrownHere() {
        assertThatThrownBy(() -> backward(NESTED, gradient -> {
                    throw new IllegalStateException("no gradient today");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no gradient today");
    }

    @Test
    void aTensorHookComputesThere() {
        Thread[] ran = new Thread[1];
        double[] seen = new double[1];
        backward(NESTED, outer -> {
            try (AutoGradMode enabled = new AutoGradMode(true)) {
                Tensor x = torch.ones(2);
                x.set_requires_grad(true);
                Tensor y = x.mul(new Scalar(3.0));
                VoidTensorHook hook = Tensors.own(new VoidTensorHook() {
                    @Override
                    public void call(TensorBase gradient) {
                        try (gradient;
                                PointerScope scope = new PointerScope()) {
                            ran[0] = Thread.currentThread();
                            seen[0] = new Tensor(gradient).sum().item_double();
                        }
                    }
                });
                y.register_hook(hook);
                y.mul(new Scalar(5.0)).sum().backward();
                Tensors.release(hook);
            }
        });
        assertThat(ran[0]).isNotSameAs(Thread.currentThread());
        assertThat(seen[0]).isEqualTo(10);
    }
}
