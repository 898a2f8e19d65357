/**
 * Optimisers over named parameters on LibTorch's own kernels. All state is in named tensors, so that it can be looked at,
 * saved, and restored bit for bit.
 */
package dev.inlay.train.optim;
