package dev.inlay.kernels;

import java.nio.file.Path;

/** The native library through JNI, on every JDK. */
final class JniKernel implements NativeFace {
    /**
     * @param library for this system
     * @throws LinkageError if it cannot be loaded, or is of another version
     */
    JniKernel(Path library) {
        System.load(library.toString());
        KernelLibrary.requireVersion(version(), library);
    }

    @Override
    public String face() {
        return "JNI";
    }

    @Override
    public int bestLevel() {
        return level();
    }

    @Override
    public int sampledProduct(
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
            int level) {
        return product(
                g, gWidth, gStride, x, xWidth, xStride, tokens, rows, columns, count, out, accumulate, threads, level);
    }

    @Override
    public int addSparse(
            long images,
            long imageCount,
            long tokens,
            long xWidth,
            long xStride,
            long yWidth,
            long yStride,
            int threads) {
        return sparse(images, imageCount, tokens, xWidth, xStride, yWidth, yStride, threads);
    }

    private static native int version();

    private static native int level();

    private static native int product(
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

    private static native int sparse(
            long images,
            long imageCount,
            long tokens,
            long xWidth,
            long xStride,
            long yWidth,
            long yStride,
            int threads);
}
