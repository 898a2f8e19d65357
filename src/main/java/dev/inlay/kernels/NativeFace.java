package dev.inlay.kernels;

/** One way to call the native library. */
interface NativeFace extends SampledKernel, SparseKernel {}
