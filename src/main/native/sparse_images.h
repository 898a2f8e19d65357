// What the arguments of products with sparse matrices and their vectors share.
#pragma once

#include <cstdint>

#include "inlay_kernels.h"

namespace inlay {

// Of one entry.
struct Place {
    int32_t row;
    int32_t column;
};

// Of an image.
struct Sizes {
    int64_t tokens;
    int64_t xWidth;
    int64_t xStride;
    int64_t yWidth;
    int64_t yStride;
};

constexpr int64_t kVector = 16;

// The floats of scratch that avx512AddSparse writes.
inline int64_t avx512Scratch(const Sizes& sizes) { return kVector * (sizes.xWidth + sizes.yWidth) + (sizes.xWidth + sizes.yWidth) / kVector; }

// Adds an image's shift and entries; widths are whole numbers of vectors of 16. The type is that of T.
template <class T>
void avx512AddSparse(const inlay_sparse_image& image, const Sizes& sizes, const Place* places, float* scratch);

}  // namespace inlay
