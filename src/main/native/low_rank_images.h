// What the arguments of products of low rank and their vectors share.
#pragma once

#include <cstdint>

namespace inlay {

// Matrices up (down x) scale for so many tokens; widths are whole numbers of vectors of 16.
struct LowRank {
    int64_t tokens;
    int64_t xWidth;
    int64_t xStride;
    int64_t yWidth;
    int64_t yStride;
    int64_t rank;
    float scale;

    // floats that a call writes besides y
    int64_t scratch() const { return rank * yWidth + kStrip * rank; }

    static constexpr int64_t kStrip = 4; // tokens that are computed at a time
};

// y += scale up (down x), row by row; of float and uint16_t, which is bfloat16
template <class X, class Y>
void avx512AddLowRank(const LowRank& of, const X* x, Y* y, const float* down, const float* up, float* scratch);

}  // namespace inlay
