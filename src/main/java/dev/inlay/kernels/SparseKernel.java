package dev.inlay.kernels;

/** One way to call the native library's products with sparse matrices; addresses are of memory. */
interface SparseKernel {
    /**
     * {@code inlay_add_sparse} of {@code src/main/native/inlay_kernels.h}, argument by argument.
     *
     * @param images address of structs of five words: x, y, positions, values, count
     * @return 0, or why nothing was computed
     */
    int addSparse(
            long images,
            long imageCount,
            long tokens,
            long xWidth,
            long xStride,
            long yWidth,
            long yStride,
            int threads);
}
