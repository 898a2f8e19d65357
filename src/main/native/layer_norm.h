// What LayerNorm's arguments and its vectors share.
#pragma once

#include <cstdint>

namespace inlay {

// Rows of a whole number of vectors of 16.
struct Rows {
    const float* x;
    int64_t width;
    const float* scale; // may be null
};

// Rows [begin, end) of y, and of each its mean and the reciprocal of its standard deviation; shift may be null.
struct Normalised {
    const float* shift;
    float epsilon;
    float* mean;
    float* reciprocal;
};

void avx512Normalise(const Rows& rows, const Normalised& to, float* y, int64_t begin, int64_t end);

// Rows [begin, end) of dx.
struct Moments {
    const float* mean;
    const float* reciprocal;
};

void avx512NormaliseBack(const Rows& rows, const Moments& of, const float* dy, float* dx, int64_t begin, int64_t end);

}  // namespace inlay
