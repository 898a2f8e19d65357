package dev.inlay.tuning.mixed;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * How long the tasks' own parts of mixed batches take, added up, in nanoseconds. Operations on a CPU are over when their
 * call returns, so the clock is read around them. Used by one thread.
 */
public final class BatchTimes {
    private long deltas;
    private long heads;

    /** What tasks change in the pass of the backbone: modules, individual weights, vectors, prompts. */
    public long deltas() {
        return deltas;
    }

    /** Classifiers, what stands between them and the backbone, and reading the results. */
    public long heads() {
        return heads;
    }

    /** Does something that counts as {@link #heads}. */
    public void head(Runnable body) {
        long start = System.nanoTime();
        body.run();
        heads += System.nanoTime() - start;
    }

    /** Hooks that does as another does, and counts as {@link #deltas}. */
    ForwardHooks deltas(ForwardHooks hooks) {
        return new Timed(hooks);
    }

    /** Hands on every method of {@link ForwardHooks}. */
    final class Timed implements ForwardHooks {
        private final ForwardHooks hooks;

        private Timed(ForwardHooks hooks) {
            this.hooks = hooks;
        }

        private <T> T timed(Supplier<T> body) {
            long start = System.nanoTime();
            T result = body.get();
            deltas += System.nanoTime() - start;
            return result;
        }

        @Override
        public Tensor parameter(String name, Tensor base) {
            return timed(() -> hooks.parameter(name, base));
        }

        @Override
        public void product(String weight, Tensor x, Tensor y) {
            timed(() -> {
                hooks.product(weight, x, y);
                return y;
            });
        }

        @Override
        public void attention(int block, Tensor q, Tensor k, int heads) {
            hooks.attention(block, q, k, heads);
        }

        @Override
        public Tensor output(String place, Tensor x, Tensor y, Dropout dropout) {
            return timed(() -> hooks.output(place, x, y, dropout));
        }

        @Override
        public Tensor tokens(int block, Tensor x, Dropout dropout) {
            return timed(() -> hooks.tokens(block, x, dropout));
        }

        @Override
        public Optional<Tensor> context(int block, Dropout dropout) {
            return timed(() -> hooks.context(block, dropout));
        }

        @Override
        public boolean readsOthers() {
            return hooks.readsOthers();
        }

        @Override
        public Tensor pooled(Tensor x, Tensor own) {
            return timed(() -> hooks.pooled(x, own));
        }
    }
}
