package dev.inlay.config;

/** Where tensors live and arithmetic happens. */
public enum Device {
    /** The processor. */
    CPU,
    /** The first CUDA device; needs the presets' GPU build. */
    CUDA
}
