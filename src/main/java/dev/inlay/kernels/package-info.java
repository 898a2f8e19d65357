/** The operations that LibTorch does not have or computes more slowly, each behind a plain face. */
package dev.inlay.kernels;
