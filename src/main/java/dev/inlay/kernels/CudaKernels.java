package dev.inlay.kernels;

import java.nio.file.Path;

/** The native library of CUDA kernels through JNI; the declarations are those of {@code src/main/native/inlay_kernels.h}. */
final class CudaKernels {
    /** Its name, as {@link System#mapLibraryName} takes it. */
    static final String LIBRARY = "inlay_kernels_cuda";

    /**
     * Loads a library.
     *
     * @param library for this system
     * @throws LinkageError if it cannot be loaded, or has other functions or another version
     */
    CudaKernels(Path library) {
        System.load(library.toString());
        KernelLibrary.requireVersion(kernelsCudaVersion(), library);
    }

    /** {@code INLAY_KERNELS_VERSION} of the library. */
    native int kernelsCudaVersion();

    /**
     * The sampled dense-dense product, queued on a stream.
     *
     * @return 0, or why nothing was computed
     */
    native int sampledProductCuda(
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
