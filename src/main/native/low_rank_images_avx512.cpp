// Products of low rank with AVX-512 Foundation; compiled with it switched on.
//
// A strip of tokens is multiplied by four rows of down at a time, in sums along x, and then by up, whose transpose lies in
// scratch, in sums along y.
#include "elements_avx512.h"
#include "low_rank_images.h"

namespace inlay {
namespace {

constexpr int64_t kRows = 4;

// inner[t * rank + r] = down[r] x[t], for so many tokens and rows
template <class X, int64_t tokens, int64_t rows>
inline void multiply(const LowRank& of, const X* x, const float* down, float* inner) {
    __m512 sums[tokens][rows];
    for (int64_t t = 0; t < tokens; t++) {
        for (int64_t r = 0; r < rows; r++) {
            sums[t][r] = _mm512_setzero_ps();
        }
    }
    for (int64_t i = 0; i < of.xWidth; i += kLanes) {
        __m512 row[rows];
        for (int64_t r = 0; r < rows; r++) {
            row[r] = Float32::load(down + r * of.xWidth + i);
        }
        for (int64_t t = 0; t < tokens; t++) {
            const __m512 in = Of<X>::load(x + t * of.xStride + i);
            for (int64_t r = 0; r < rows; r++) {
                sums[t][r] = _mm512_fmadd_ps(in, row[r], sums[t][r]);
            }
        }
    }
    for (int64_t t = 0; t < tokens; t++) {
        for (int64_t r = 0; r < rows; r++) {
            inner[t * of.rank + r] = _mm512_reduce_add_ps(sums[t][r]);
        }
    }
}

template <int64_t tokens, class X, class Y>
inline void addStrip(const LowRank& of, const X* x, Y* y, const float* down, const float* up, float* inner) {
    int64_t r = 0;
    for (; r + kRows <= of.rank; r += kRows) {
        multiply<X, tokens, kRows>(of, x, down + r * of.xWidth, inner + r);
    }
    for (; r < of.rank; r++) {
        multiply<X, tokens, 1>(of, x, down + r * of.xWidth, inner + r);
    }
    for (int64_t i = 0; i < of.yWidth; i += kLanes) {
        __m512 sums[tokens];
        for (int64_t t = 0; t < tokens; t++) {
            sums[t] = Of<Y>::load(y + t * of.yStride + i);
        }
        for (r = 0; r < of.rank; r++) {
            const __m512 column = Float32::load(up + r * of.yWidth + i);
            for (int64_t t = 0; t < tokens; t++) {
                sums[t] = _mm512_fmadd_ps(_mm512_set1_ps(inner[t * of.rank + r]), column, sums[t]);
            }
        }
        for (int64_t t = 0; t < tokens; t++) {
            Of<Y>::store(y + t * of.yStride + i, sums[t]);
        }
    }
}

}  // namespace

template <class X, class Y>
void avx512AddLowRank(const LowRank& of, const X* x, Y* y, const float* down, const float* up, float* scratch) {
    float* columns = scratch;
    float* inner = scratch + of.rank * of.yWidth;
    for (int64_t r = 0; r < of.rank; r++) {
        for (int64_t i = 0; i < of.yWidth; i++) {
            columns[r * of.yWidth + i] = of.scale * up[i * of.rank + r];
        }
    }
    int64_t t = 0;
    for (; t + LowRank::kStrip <= of.tokens; t += LowRank::kStrip) {
        addStrip<LowRank::kStrip>(of, x + t * of.xStride, y + t * of.yStride, down, columns, inner);
    }
    for (; t < of.tokens; t++) {
        addStrip<1>(of, x + t * of.xStride, y + t * of.yStride, down, columns, inner);
    }
}

template void avx512AddLowRank(const LowRank&, const float*, float*, const float*, const float*, float*);
template void avx512AddLowRank(const LowRank&, const float*, uint16_t*, const float*, const float*, float*);
template void avx512AddLowRank(const LowRank&, const uint16_t*, float*, const float*, const float*, float*);
template void avx512AddLowRank(const LowRank&, const uint16_t*, uint16_t*, const float*, const float*, float*);

}  // namespace inlay
