package dev.inlay.kernels;

import java.nio.file.Path;

/** The native library of CUDA kernels, through JNI. */
final class CudaKernel {
    /** Its name, as {@link System#mapLibraryName} takes it. */
    static final String LIBRARY = "inlay_kernels_cuda";

    /**
     * @param library for this system
     * @throws LinkageError if it cannot be loaded, or is of another version
     */
    CudaKernel(Path library) {
        System.load(library.toString());
        KernelLibrary.requireVersion(version(), library);
    }

    /** {@code inlay_sampled_product_cuda}. */
    int sampledProduct(
            long g,
            long gStride,
            long x,
            long xStride,
            long tokens,
            long rows,
            long columns,
            long count,
            long out,
            int accumulate,
            int device,
            long stream) {
        return product(g, gStride, x, xStride, tokens, rows, columns, count, out, accumulate, device, stream);
    }

    private static native int version();

    private static native int product(
            long g,
            long gStride,
            long x,
            long xStride,
            long tokens,
            long rows,
            long columns,
            long count,
            long out,
            int accumulate,
            int device,
            long stream);
}
