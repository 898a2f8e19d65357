package dev.inlay.tuning.sparse;

import dev.inlay.plan.FlatIndices;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * A bias or norm parameter of which single entries are tuned: base + scatter(delta) under autograd; vectors are short.
 *
 * @param positions (nnz) of the entries in the flat parameter
 * @param delta (nnz) trainable
 */
public record SparseVector(FlatIndices positions, Tensor delta) implements UnaryOperator<Tensor> {
    @Override
    public Tensor apply(Tensor base) {
        return base.flatten()
                .index_add(0, Device.of(base).of(positions.toLongArray(), positions.size()), delta)
                .view_as(base);
    }

    /**
     * Adds the deltas to a parameter in an array; what {@link #apply} computes, to the last bit.
     *
     * @param values holds the flat parameter from {@code offset}
     */
    public void addTo(float[] values, int offset) {
        float[] deltas = Tensors.floats(delta);
        for (int i = 0; i < deltas.length; i++) {
            values[offset + positions.get(i)] += deltas[i];
        }
    }
}
