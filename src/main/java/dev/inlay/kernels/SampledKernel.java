package dev.inlay.kernels;

/** One way to call the native library's sampled product; addresses are of memory in row-major float32 or int32. */
interface SampledKernel {
    /** How the library is called, for people. */
    String face();

    /** The best {@link InstructionSet} of library and processor, by its code. */
    int bestLevel();

    /**
     * {@code inlay_sampled_product} of {@code src/main/native/inlay_kernels.h}, argument by argument.
     *
     * @return 0, or why nothing was computed
     */
    int sampledProduct(
            long g,
            long gWidth,
            long gStride,
            long x,
            long xWidth,
            long xStride,
            long tokens,
            long rows,
            long columns,
            long count,
            long out,
            int accumulate,
            int threads,
            int level);
}
