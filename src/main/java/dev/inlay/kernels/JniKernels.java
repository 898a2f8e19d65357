package dev.inlay.kernels;

import java.nio.file.Path;

/** The native library through JNI, on every JDK; for one class loader of a process. */
final class JniKernels implements NativeKernels {
    /**
     * Loads a library.
     *
     * @param library for this system
     * @throws LinkageError if it cannot be loaded, or has other functions or another version
     */
    JniKernels(Path library) {
        System.load(library.toString());
        KernelLibrary.requireVersion(kernelsVersion(), library);
    }

    @Override
    public native int kernelsVersion();

    @Override
    public native int kernelsLevel();

    @Override
    public native int sampledProduct(
            long g,
            long gWidth,
            long gStride,
            long x,
            long xWidth,
            long xStride,
            int type,
            long tokens,
            long rows,
            long columns,
            long count,
            long out,
            int accumulate,
            int threads,
            int level);

    @Override
    public native int addSparse(
            long images,
            long imageCount,
            int type,
            long tokens,
            long xWidth,
            long xStride,
            long yWidth,
            long yStride,
            int threads);

    @Override
    public native int addLowRank(
            long images,
            long imageCount,
            int xType,
            int yType,
            long tokens,
            long xWidth,
            long xStride,
            long yWidth,
            long yStride,
            long rank,
            double scale,
            int threads);

    @Override
    public native int attentionTypes();

    @Override
    public native int attention(
            long tensors,
            long lse,
            long images,
            long queries,
            long keys,
            long heads,
            long headDim,
            int type,
            int threads);

    @Override
    public native int attentionBackward(
            long tensors,
            long lse,
            long images,
            long queries,
            long keys,
            long heads,
            long headDim,
            int type,
            int threads);

    @Override
    public native int gelu(long x, long y, long count, int type, int threads);

    @Override
    public native int geluGradient(long x, long dy, long dx, long count, int type, int threads);

    @Override
    public native int addHalves(long x, long y, long sum, long count, int threads);

    @Override
    public native int layerNorm(
            long x,
            long scale,
            long shift,
            double epsilon,
            long rows,
            long width,
            long y,
            long mean,
            long reciprocal,
            int threads);

    @Override
    public native int layerNormGradient(
            long x, long scale, long mean, long reciprocal, long rows, long width, long dy, long dx, int threads);
}
