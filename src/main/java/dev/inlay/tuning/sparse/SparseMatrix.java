package dev.inlay.tuning.sparse;

import dev.inlay.backbone.TunableParameter;
import dev.inlay.kernels.SampledProduct;
import dev.inlay.kernels.SparseProduct;
import dev.inlay.plan.FlatIndices;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.VoidTensorHook;

/**
 * A matrix of which single entries are tuned, in one of two forms, each made when it is first asked for.
 *
 * <p>{@link #value} is a private copy M of the frozen matrix with M[idx] = base[idx] + delta, assigned after every step and
 * never accumulated, so that a resumed run is exact. There is one for each precision of passes; sums and deltas are float32. The
 * forward pass is a plain product with M outside autograd; a hook on the product's output computes the gradient of the deltas.
 *
 * <p>{@link #deltas} are added to the product with the frozen matrix, which many tasks can share.
 */
public final class SparseMatrix implements AutoCloseable {
    private final Tensor base;
    private final List<Entries> entries;
    private final int columns;
    private volatile Copy copy;
    private volatile SparseProduct deltas;

    /**
     * Individual weights of one tunable parameter.
     *
     * @param site a matrix, whole or a range of rows of a fused one
     * @param indices flat positions inside the tunable parameter
     * @param delta (nnz) trainable
     */
    public record Entries(TunableParameter site, FlatIndices indices, Tensor delta) {}

    /**
     * @param base the frozen (out, in) matrix, or (out, …) with what belongs to an output end to end; borrowed, must outlive
     *     this object
     * @param entries what is tuned in it, tunable parameter by tunable parameter
     */
    public SparseMatrix(Tensor base, List<Entries> entries) {
        this.base = base;
        this.entries = List.copyOf(entries);
        this.columns = Math.toIntExact(base.numel() / base.size(0));
    }

    /** The flat positions of all entries in the matrix; made when needed, since the indices are there already. */
    private int[] at() {
        return entries.stream()
                .flatMapToInt(e ->
                        e.indices().stream().map(i -> Math.toIntExact(e.site().firstRow() * columns + i)))
                .toArray();
    }

    /**
     * M; borrowed, requires no gradient.
     *
     * @param frozen the frozen matrix in the numbers that a pass multiplies with
     * @return of its shape and in its numbers
     */
    public Tensor value(Tensor frozen) {
        return copy().matrix(frozen);
    }

    private Copy copy() {
        Copy made = copy;
        if (made == null) {
            synchronized (this) {
                made = copy;
                if (made == null) {
                    made = new Copy();
                    copy = made;
                }
            }
        }
        return made;
    }

    /** The deltas alone, to be added to products with the frozen matrix; borrowed until {@link #refresh}. */
    public SparseProduct deltas() {
        SparseProduct made = deltas;
        if (made == null) {
            synchronized (this) {
                made = deltas;
                if (made == null) {
                    made = sparse();
                    deltas = made;
                }
            }
        }
        return made;
    }

    private SparseProduct sparse() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            return new SparseProduct(at(), delta().detach(), columns);
        }
    }

    private Tensor delta() {
        return entries.size() == 1
                ? entries.get(0).delta()
                : Tensors.cat(entries.stream().map(Entries::delta).toList(), 0);
    }

    /** Brings both forms up to date with the deltas and forgets the passes watched so far. */
    public void refresh() {
        if (copy != null) {
            copy.refresh();
        }
        forgetDeltas();
    }

    private void forgetDeltas() {
        SparseProduct made = deltas;
        deltas = null;
        if (made != null) {
            made.close();
        }
    }

    /**
     * Computes the deltas' gradients when the gradient of y is known; nothing in passes without gradients.
     *
     * @param x (…, in) input of the product with M
     * @param y (…, out) its output
     */
    public void watch(Tensor x, Tensor y) {
        if (GradMode.is_enabled()) {
            copy().watch(x, y);
        }
    }

    @Override
    public void close() {
        if (copy != null) {
            copy.close();
        }
        forgetDeltas();
    }

    /** M in each precision that passes had, and what training needs beside it. */
    private final class Copy {
        /** Where no larger share of the columns is used, those of an input are copied out and the input is not kept. */
        private static final double FEW = 0.25;

        private final Map<Precision, Tensor> matrices = new EnumMap<>(Precision.class);
        private final Tensor positions;
        private final Tensor baseAtPositions;
        private final Optional<Tensor> usedColumns;
        private final SampledProduct product;
        private final List<Pointer> untilStepped = new ArrayList<>();

        Copy() {
            int[] at = at();
            Device device = Device.of(base);
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                positions = Tensors.own(device.indices(at));
                baseAtPositions = Tensors.own(base.view(-1).index_select(0, positions));
            }
            int[] rows = Arrays.stream(at).map(i -> i / columns).toArray();
            int[] cols = Arrays.stream(at).map(i -> i % columns).toArray();
            int[] used = Arrays.stream(cols).distinct().sorted().toArray();
            boolean few = used.length <= FEW * columns;
            usedColumns = few ? Optional.of(Tensors.own(device.indices(used))) : Optional.empty();
            int[] kept = few
                    ? Arrays.stream(cols).map(c -> Arrays.binarySearch(used, c)).toArray()
                    : cols;
            product = new SampledProduct(device, rows, kept);
        }

        synchronized Tensor matrix(Tensor frozen) {
            return matrices.computeIfAbsent(Precision.found(frozen).orElseThrow(), precision -> {
                try (PointerScope scope = new PointerScope();
                        NoGradGuard guard = new NoGradGuard()) {
                    Tensor made = Tensors.own(frozen.clone());
                    assign(precision, made);
                    return made;
                }
            });
        }

        private void assign(Precision precision, Tensor matrix) {
            matrix.view(-1).index_copy_(0, positions, precision.of(baseAtPositions.add(delta())));
        }

        synchronized void refresh() {
            untilStepped.forEach(Tensors::release);
            untilStepped.clear();
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                matrices.forEach(this::assign);
            }
        }

        void watch(Tensor x, Tensor y) {
            if (!y.requires_grad()) {
                // nothing below is trained: y is a leaf, and must take part for its hook to fire
                y.set_requires_grad(true);
            }
            Tensor input = kept(x.detach());
            VoidTensorHook hook = Tensors.own(new VoidTensorHook() {
                @Override
                public void call(TensorBase gradient) {
                    try (gradient; // which otherwise is the step's
                            PointerScope scope = new PointerScope();
                            NoGradGuard guard = new NoGradGuard()) {
                        accumulate(product.gradient(new Tensor(gradient), input));
                    } finally {
                        Tensors.release(input); // before those of earlier products are asked for
                    }
                }
            });
            untilStepped.add(input);
            untilStepped.add(hook);
            y.register_hook(hook);
        }

        /** What the gradient reads of an input (…, in). */
        private Tensor kept(Tensor x) {
            try (NoGradGuard guard = new NoGradGuard()) {
                return Tensors.own(usedColumns
                        .map(used -> x.reshape(-1, columns).index_select(1, used))
                        .orElse(x));
            }
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

        void close() {
            untilStepped.forEach(Tensors::release);
            untilStepped.clear();
            matrices.values().forEach(Tensors::release);
            Tensors.release(positions);
            Tensors.release(baseAtPositions);
            usedColumns.ifPresent(Tensors::release);
            product.close();
        }
    }
}
