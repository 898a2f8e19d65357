/*
 * Inlay's own kernels, over raw pointers: no tensor library, no exceptions across the border, no state between calls.
 * Sizes and leading dimensions are counted in elements. docs/native.md describes the ABI and how it may change.
 */
#ifndef INLAY_KERNELS_H
#define INLAY_KERNELS_H

#include <stdint.h>

#if defined(_WIN32)
#define INLAY_API __declspec(dllexport)
#else
#define INLAY_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Changes with every change of a signature or of the meaning of an argument. */
#define INLAY_KERNELS_VERSION 5

enum {
    INLAY_OK = 0,
    INLAY_BAD_ARGUMENT = 1,  /* a null pointer, a negative size, a row or column outside of its matrix, an unknown level or type */
    INLAY_OUT_OF_MEMORY = 2, /* nothing was written to the output */
    INLAY_CUDA_ERROR = 3     /* the launch failed; cudaGetLastError has the reason */
};

/* The type of the elements of a tensor. */
enum {
    INLAY_FLOAT32 = 1,
    INLAY_BF16 = 2
};

enum {
    INLAY_LEVEL_BEST = 0,
    INLAY_LEVEL_PORTABLE = 1,
    INLAY_LEVEL_AVX2 = 2,
    INLAY_LEVEL_AVX512 = 3
};

/* INLAY_KERNELS_VERSION of the library that was built. */
INLAY_API int32_t inlay_kernels_version(void);

/* The best level that this library was built with and this processor runs: never INLAY_LEVEL_BEST. */
INLAY_API int32_t inlay_kernels_level(void);

/*
 * The sampled dense-dense product: out[i] = sum over t of g[t, rows[i]] * x[t, columns[i]].
 *
 * g          (tokens, gWidth) of the type, row-major with leading dimension gStride >= gWidth
 * x          (tokens, xWidth) of the type, row-major with leading dimension xStride >= xWidth
 * type       INLAY_FLOAT32 or INLAY_BF16, of g and x; products and sums are float32 in either
 * rows       (count) in [0, gWidth), in any order, repeats allowed; fastest when ascending
 * columns    (count) in [0, xWidth)
 * out        (count) float32; must not overlap the inputs
 * accumulate 0 assigns, anything else adds to what is in out
 * threads    at most so many, at least 1; equal inputs give equal bits whatever their number
 * level      INLAY_LEVEL_*, for tests; another level gives other last bits
 */
INLAY_API int32_t inlay_sampled_product(
    const void* g, int64_t gWidth, int64_t gStride,
    const void* x, int64_t xWidth, int64_t xStride,
    int32_t type, int64_t tokens,
    const int32_t* rows, const int32_t* columns, int64_t count,
    float* out, int32_t accumulate, int32_t threads, int32_t level);

/* The single weights and the bias that one image's product has more, for inlay_add_sparse. */
typedef struct {
    const void* x;            /* (tokens, xWidth) of the type, row-major with leading dimension xStride */
    void* y;                  /* (tokens, yWidth) of the type, row-major with leading dimension yStride */
    const int32_t* positions; /* (count) row * xWidth + column in the (yWidth, xWidth) matrix, in any order, repeats allowed */
    const float* values;      /* (count) */
    int64_t count;
    const float* shift; /* (yWidth), or null */
} inlay_sparse_image;

/*
 * Products with sparse matrices, one for each image: y[t] += shift, then y[t, row] += x[t, column] * value for every entry, in
 * the order of the entries. Of bfloat16, all is added in float32, and the sums are rounded once.
 *
 * images  (imageCount); no y may overlap another y or an x
 * type    INLAY_FLOAT32 or INLAY_BF16, of every x and y
 * threads at most so many, at least 1; equal inputs give equal bits whatever their number
 */
INLAY_API int32_t inlay_add_sparse(
    const inlay_sparse_image* images, int64_t imageCount, int32_t type,
    int64_t tokens, int64_t xWidth, int64_t xStride, int64_t yWidth, int64_t yStride,
    int32_t threads);

/* The low-rank matrix that one image's product has more, for inlay_add_low_rank. */
typedef struct {
    const void* x;     /* (tokens, xWidth) of xType, row-major with leading dimension xStride */
    void* y;           /* (tokens, yWidth) of yType, row-major with leading dimension yStride */
    const float* down; /* (rank, xWidth) */
    const float* up;   /* (yWidth, rank) */
} inlay_low_rank_image;

/*
 * Products with matrices of low rank, one for each image: y[t] += scale * up (down x[t]); of level INLAY_LEVEL_AVX512 alone.
 * Of bfloat16, all sums are float32, and y is rounded once.
 *
 * images         (imageCount); no y may overlap another y or an x
 * xType, yType   INLAY_FLOAT32 or INLAY_BF16, of every x and every y
 * xWidth, yWidth multiples of 16
 * threads        at most so many, at least 1; equal inputs give equal bits whatever their number
 */
INLAY_API int32_t inlay_add_low_rank(
    const inlay_low_rank_image* images, int64_t imageCount, int32_t xType, int32_t yType,
    int64_t tokens, int64_t xWidth, int64_t xStride, int64_t yWidth, int64_t yStride,
    int64_t rank, double scale, int32_t threads);

/* The tokens of a batch, (images, tokens, heads * headDim): an element each at data + image * imageStride + token * tokenStride + column. */
typedef struct {
    void* data; /* null where a gradient is not asked for */
    int64_t imageStride;
    int64_t tokenStride;
} inlay_tokens;

/* The sum of the element types, INLAY_FLOAT32 and INLAY_BF16, whose attention this build and this processor compute; 0 for none. */
INLAY_API int32_t inlay_attention_types(void);

/*
 * Scaled dot-product attention, of every image and head: softmax(q k^T / sqrt(headDim)) v. Products of bf16 are summed in
 * float32, in which the softmax is computed, too.
 *
 * tensors (4) q, k, v and the result; q and the result have the queries as their tokens, k and v the keys
 * lse     (images, heads, queries) for inlay_attention_backward: log2 of the sum over the keys of e^(q k / sqrt(headDim)); or null
 * keys    at least 1
 * headDim a multiple of 16 up to 128
 * type    INLAY_FLOAT32 or INLAY_BF16, one of inlay_attention_types
 * threads at most so many, at least 1; equal inputs give equal bits whatever their number
 */
INLAY_API int32_t inlay_attention(
    const inlay_tokens* tensors, float* lse,
    int64_t images, int64_t queries, int64_t keys, int64_t heads, int64_t headDim,
    int32_t type, int32_t threads);

/*
 * The gradients of what inlay_attention computes; those are assigned.
 *
 * tensors (8) q, k, v, the result, its gradient, and the gradients of q, k and v, each of which may be of null data
 * lse     (images, heads, queries) as inlay_attention wrote it
 */
INLAY_API int32_t inlay_attention_backward(
    const inlay_tokens* tensors, const float* lse,
    int64_t images, int64_t queries, int64_t keys, int64_t heads, int64_t headDim,
    int32_t type, int32_t threads);

/*
 * GELU in its exact form, y = x Phi(x), computed in float32; of level INLAY_LEVEL_AVX512 alone, below which the call is refused.
 *
 * x, y    (count) of the type; y may be x
 * type    INLAY_FLOAT32 or INLAY_BF16
 * threads at most so many, at least 1; equal inputs give equal bits whatever their number
 */
INLAY_API int32_t inlay_gelu(const void* x, void* y, int64_t count, int32_t type, int32_t threads);

/* Its gradient, dx = dy (Phi(x) + x phi(x)), likewise; dx may be dy. */
INLAY_API int32_t inlay_gelu_gradient(
    const void* x, const void* dy, void* dx, int64_t count, int32_t type, int32_t threads);

/*
 * Adds bfloat16 to float32, sum = x + y; of level INLAY_LEVEL_AVX512 alone.
 *
 * x, y, sum (count); sum may be x
 * threads   at most so many, at least 1
 */
INLAY_API int32_t inlay_add_halves(const float* x, const uint16_t* y, float* sum, int64_t count, int32_t threads);

/*
 * LayerNorm over rows, y = (x - mean) / sqrt(variance + epsilon) * scale + shift; of level INLAY_LEVEL_AVX512 alone.
 *
 * x            (rows, width); width is a multiple of 16
 * scale, shift (width), or null for 1 and 0
 * y            (rows, width)
 * mean         (rows); written
 * reciprocal   (rows) of the standard deviation, epsilon in it; written
 * threads      at most so many, at least 1; equal inputs give equal bits whatever their number
 */
INLAY_API int32_t inlay_layer_norm(
    const float* x, const float* scale, const float* shift, double epsilon, int64_t rows, int64_t width,
    float* y, float* mean, float* reciprocal, int32_t threads);

/* Its gradient in x, (rows, width), from dy and what the forward pass wrote; dx may be dy. */
INLAY_API int32_t inlay_layer_norm_gradient(
    const float* x, const float* scale, const float* mean, const float* reciprocal, int64_t rows, int64_t width,
    const float* dy, float* dx, int32_t threads);

/* INLAY_KERNELS_VERSION of the library inlay_kernels_cuda that was built. */
INLAY_API int32_t inlay_kernels_cuda_version(void);

/*
 * The sampled product on a CUDA device, of the library inlay_kernels_cuda: every pointer is of the device with the given index,
 * stream is a cudaStream_t of it, and the call returns once the work is queued. The calling thread's device is as before.
 * Rows and columns are not checked.
 */
INLAY_API int32_t inlay_sampled_product_cuda(
    const float* g, int64_t gStride,
    const float* x, int64_t xStride,
    int64_t tokens,
    const int32_t* rows, const int32_t* columns, int64_t count,
    float* out, int32_t accumulate, int32_t device, void* stream);

#ifdef __cplusplus
}
#endif

#endif
