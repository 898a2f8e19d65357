package dev.inlay.kernels;

/**
 * The functions of {@code src/main/native/inlay_kernels.h}, argument by argument: a pointer or {@code int64_t} is a long, an
 * {@code int32_t} an int. A method has the name of its function in camel case, without {@code inlay_}. {@link ForeignKernels} is made of
 * these declarations; {@link JniKernels} is loaded only if they agree with the header.
 */
interface NativeKernels {
    /** {@code INLAY_KERNELS_VERSION} of the library. */
    int kernelsVersion();

    /** The best {@link InstructionSet} of library and processor, by its code. */
    int kernelsLevel();

    /**
     * The sampled dense-dense product.
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
            int type,
            long tokens,
            long rows,
            long columns,
            long count,
            long out,
            int accumulate,
            int threads,
            int level);

    /**
     * Products with sparse matrices, one for each image.
     *
     * @param images address of structs of five words: x, y, positions, values, count
     * @return 0, or why nothing was computed
     */
    int addSparse(
            long images,
            long imageCount,
            int type,
            long tokens,
            long xWidth,
            long xStride,
            long yWidth,
            long yStride,
            int threads);

    /**
     * Products with matrices of low rank, one for each image.
     *
     * @param images address of structs of four words: x, y, down, up
     * @return 0, or why nothing was computed
     */
    int addLowRank(
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

    /** The sum of the codes of the {@link dev.inlay.tensor.Precision}s whose attention library and processor compute. */
    int attentionTypes();

    /**
     * Scaled dot-product attention.
     *
     * @param tensors address of four structs of three words, data and the strides of images and tokens: q, k, v, result
     * @param lse address of (images, heads, queries) numbers for the gradient, or 0
     * @return 0, or why nothing was computed
     */
    int attention(
            long tensors,
            long lse,
            long images,
            long queries,
            long keys,
            long heads,
            long headDim,
            int type,
            int threads);

    /**
     * The gradients of attention.
     *
     * @param tensors address of eight such structs: q, k, v, result, its gradient, and the gradients of q, k and v, or zeros
     * @return 0, or why nothing was computed
     */
    int attentionBackward(
            long tensors,
            long lse,
            long images,
            long queries,
            long keys,
            long heads,
            long headDim,
            int type,
            int threads);

    /**
     * GELU.
     *
     * @return 0, or why nothing was computed
     */
    int gelu(long x, long y, long count, int type, int threads);

    /**
     * The gradient of GELU.
     *
     * @return 0, or why nothing was computed
     */
    int geluGradient(long x, long dy, long dx, long count, int type, int threads);

    /**
     * The sum of float32 and bfloat16.
     *
     * @return 0, or why nothing was computed
     */
    int addHalves(long x, long y, long sum, long count, int threads);

    /**
     * LayerNorm.
     *
     * @return 0, or why nothing was computed
     */
    int layerNorm(
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

    /**
     * The gradient of LayerNorm in its input.
     *
     * @return 0, or why nothing was computed
     */
    int layerNormGradient(
            long x, long scale, long mean, long reciprocal, long rows, long width, long dy, long dx, int threads);
}
