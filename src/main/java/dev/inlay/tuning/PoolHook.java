package dev.inlay.tuning;

import org.bytedeco.pytorch.Tensor;

/** Chooses the tokens that are read out. */
@FunctionalInterface
public interface PoolHook {
    /**
     * @param x (B, N, D) all tokens that leave the last block
     * @return (B, K, D) those to average
     */
    Tensor pooled(Tensor x);
}
