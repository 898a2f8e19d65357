package dev.inlay.tuning.sparse;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * A bias or norm parameter of which single entries are tuned: base + scatter(delta) under autograd; vectors are short.
 *
 * @param positions (nnz) int64 positions; owned by whoever made it
 * @param delta (nnz) trainable
 */
public record SparseVector(Tensor positions, Tensor delta) implements UnaryOperator<Tensor> {
    @Override
    public Tensor apply(Tensor base) {
        return base.flatten().index_add(0, positions, delta).view_as(base);
    }
}
