package dev.inlay.tuning.mixed;

import dev.inlay.backbone.Filling;
import dev.inlay.backbone.Noise;
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

    /** What tasks change in the pass of the backbone: modules, single weights, vectors, prompts. */
    public long deltas() {
        return deltas;
    }

    /** Classifiers, what stands between them and the backbone, and reading the results. */
    public long heads() {
        return heads;
    }

    void head(Runnable body) {
        long start = System.nanoTime();
        body.run();
        heads += System.nanoTime() - start;
    }

    /** A filling that does as another does, and counts as {@link #deltas}. */
    Filling deltas(Filling filling) {
        return new Timed(filling);
    }

    /** Hands on every method of {@link Filling}. */
    final class Timed implements Filling {
        private final Filling filling;

        private Timed(Filling filling) {
            this.filling = filling;
        }

        private <T> T timed(Supplier<T> body) {
            long start = System.nanoTime();
            T result = body.get();
            deltas += System.nanoTime() - start;
            return result;
        }

        @Override
        public Tensor parameter(String name, Tensor base) {
            return timed(() -> filling.parameter(name, base));
        }

        @Override
        public void product(String weight, Tensor x, Tensor y) {
            timed(() -> {
                filling.product(weight, x, y);
                return y;
            });
        }

        @Override
        public Tensor output(String place, Tensor x, Tensor y, Noise noise) {
            return timed(() -> filling.output(place, x, y, noise));
        }

        @Override
        public Tensor tokens(int block, Tensor x, Noise noise) {
            return timed(() -> filling.tokens(block, x, noise));
        }

        @Override
        public Optional<Tensor> context(int block, Noise noise) {
            return timed(() -> filling.context(block, noise));
        }

        @Override
        public boolean poolsOthers() {
            return filling.poolsOthers();
        }

        @Override
        public Tensor pooled(Tensor x, Tensor own) {
            return timed(() -> filling.pooled(x, own));
        }
    }
}
