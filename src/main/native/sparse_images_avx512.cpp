// Products with sparse matrices with AVX-512 Foundation; compiled with it switched on.
//
// A strip of 16 tokens is turned, so that a register holds one column of all of them and an entry is one multiplication.
// Only the squares of 16 tokens by 16 columns that hold entries are; to others of y the shift alone is added.
#include <algorithm>

#include "elements_avx512.h"
#include "sparse_images.h"
#include "transpose_avx512.h"

namespace inlay {
namespace {

template <class T>
inline void load(const T* from, int64_t stride, int64_t tokens, __m512 plus, __m512* square) {
    for (int64_t t = 0; t < kVector; t++) {
        square[t] = t < tokens ? _mm512_add_ps(Of<T>::load(from + t * stride), plus) : _mm512_setzero_ps();
    }
}

}  // namespace

template <class T>
void avx512AddSparse(const inlay_sparse_image& image, const Sizes& sizes, const Place* places, float* scratch) {
    float* x = scratch;
    float* y = x + kVector * sizes.xWidth;
    float* xUsed = y + kVector * sizes.yWidth; // of each square of columns, whether it holds entries
    float* yUsed = xUsed + sizes.xWidth / kVector;
    std::fill(xUsed, yUsed + sizes.yWidth / kVector, 0.0f);
    for (int64_t i = 0; i < image.count; i++) {
        xUsed[places[i].column / kVector] = 1;
        yUsed[places[i].row / kVector] = 1;
    }
    __m512 square[kVector];
    for (int64_t from = 0; from < sizes.tokens; from += kVector) {
        const int64_t tokens = std::min(kVector, sizes.tokens - from);
        const T* in = static_cast<const T*>(image.x) + from * sizes.xStride;
        T* out = static_cast<T*>(image.y) + from * sizes.yStride;
        for (int64_t i = 0; i < sizes.xWidth; i += kVector) {
            if (xUsed[i / kVector] != 0) {
                load(in + i, sizes.xStride, tokens, _mm512_setzero_ps(), square);
                transpose(square);
                for (int64_t k = 0; k < kVector; k++) {
                    Float32::store(x + kVector * (i + k), square[k]);
                }
            }
        }
        for (int64_t i = 0; i < sizes.yWidth; i += kVector) {
            const __m512 shift = image.shift == nullptr ? _mm512_setzero_ps() : Float32::load(image.shift + i);
            if (yUsed[i / kVector] != 0) {
                load(out + i, sizes.yStride, tokens, shift, square);
                transpose(square);
                for (int64_t k = 0; k < kVector; k++) {
                    Float32::store(y + kVector * (i + k), square[k]);
                }
            } else if (image.shift != nullptr) {
                for (int64_t t = 0; t < tokens; t++) {
                    T* row = out + t * sizes.yStride + i;
                    Of<T>::store(row, _mm512_add_ps(Of<T>::load(row), shift));
                }
            }
        }
        for (int64_t i = 0; i < image.count; i++) {
            float* sum = y + kVector * places[i].row;
            const __m512 column = Float32::load(x + kVector * places[i].column);
            Float32::store(sum, _mm512_fmadd_ps(column, _mm512_set1_ps(image.values[i]), Float32::load(sum)));
        }
        for (int64_t i = 0; i < sizes.yWidth; i += kVector) {
            if (yUsed[i / kVector] != 0) {
                for (int64_t k = 0; k < kVector; k++) {
                    square[k] = Float32::load(y + kVector * (i + k));
                }
                transpose(square);
                for (int64_t t = 0; t < tokens; t++) {
                    Of<T>::store(out + t * sizes.yStride + i, square[t]);
                }
            }
        }
    }
}

template void avx512AddSparse<float>(const inlay_sparse_image&, const Sizes&, const Place*, float*);
template void avx512AddSparse<uint16_t>(const inlay_sparse_image&, const Sizes&, const Place*, float*);

}  // namespace inlay
