package dev.inlay.tuning.sparse;

import dev.inlay.backbone.Site;
import dev.inlay.kernels.SampledProduct;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.VoidTensorHook;

/**
 * A matrix of which single entries are tuned. It owns a private copy M of the frozen matrix with M[idx] = base[idx] +
 * delta, assigned after every step and never accumulated, so that a resumed run is exact. The forward pass is a plain
 * product with M outside autograd; a hook on the product's output computes the gradient of the deltas.
 */
public final class SparseMatrix implements AutoCloseable {
    private final Tensor matrix;
    private final Tensor positions;
    private final Tensor baseAtPositions;
    private final SampledProduct product;
    private final List<Entries> entries;
    private final List<Pointer> untilStepped = new ArrayList<>();

    /**
     * Single weights of one site.
     *
     * @param site a matrix, whole or a range of rows of a fused one
     * @param indices ascending flat positions inside the site
     * @param delta (nnz) trainable
     */
    public record Entries(Site site, int[] indices, Tensor delta) {}

    /**
     * @param base the frozen (out, in) matrix, or (out, …) with what belongs to an output end to end; copied
     * @param entries what is tuned in it, site by site
     */
    public SparseMatrix(Tensor base, List<Entries> entries) {
        this.entries = List.copyOf(entries);
        int columns = Math.toIntExact(base.numel() / base.size(0));
        int[] at = entries.stream()
                .flatMapToInt(e -> Arrays.stream(e.indices())
                        .map(i -> Math.toIntExact(e.site().firstRow() * columns + i)))
                .toArray();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            matrix = Tensors.own(base.clone());
            positions = Tensors.own(Tensors.indices(at));
            baseAtPositions = Tensors.own(base.view(-1).index_select(0, positions));
        }
        int[] rows = Arrays.stream(at).map(i -> i / columns).toArray();
        int[] cols = Arrays.stream(at).map(i -> i % columns).toArray();
        product = new SampledProduct(rows, cols);
    }

    /** M, of the frozen one's shape; borrowed, requires no gradient. */
    public Tensor value() {
        return matrix;
    }

    /** Sets M[idx] = base[idx] + delta and forgets the passes watched so far. */
    public void refresh() {
        untilStepped.forEach(Tensors::release);
        untilStepped.clear();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor delta = Tensors.cat(entries.stream().map(Entries::delta).toList(), 0);
            matrix.view(-1).index_copy_(0, positions, baseAtPositions.add(delta));
        }
    }

    /**
     * Computes the deltas' gradients when the gradient of y is known; nothing in passes without gradients.
     *
     * @param x (…, in) input of the product with M
     * @param y (…, out) its output
     */
    public void watch(Tensor x, Tensor y) {
        if (!GradMode.is_enabled()) {
            return;
        }
        if (!y.requires_grad()) {
            // nothing below is trained: y is a leaf, and must take part for its hook to fire
            y.set_requires_grad(true);
        }
        Tensor input = Tensors.own(x.detach());
        VoidTensorHook hook = Tensors.own(new VoidTensorHook() {
            @Override
            public void call(TensorBase gradient) {
                try (PointerScope scope = new PointerScope();
                        NoGradGuard guard = new NoGradGuard()) {
                    accumulate(product.gradient(new Tensor(gradient), input));
                }
            }
        });
        untilStepped.add(input);
        untilStepped.add(hook);
        y.register_hook(hook);
    }

    private void accumulate(Tensor gradient) {
        long from = 0;
        for (Entries e : entries) {
            Tensor part = gradient.narrow(0, from, e.delta().numel());
            Tensor sum = e.delta().mutable_grad();
            if (sum.defined()) {
                sum.add_(part);
            } else {
                sum.put(part.clone());
            }
            from += e.delta().numel();
        }
    }

    @Override
    public void close() {
        untilStepped.forEach(Tensors::release);
        untilStepped.clear();
        Tensors.release(matrix);
        Tensors.release(positions);
        Tensors.release(baseAtPositions);
        product.close();
    }
}
