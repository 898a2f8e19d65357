// A square of 16 x 16 words, turned in registers; for files compiled with AVX-512 Foundation.
#pragma once

#include <immintrin.h>

namespace inlay {
namespace {

inline void transpose(__m512* r) {
    __m512 a[16];
    __m512 b[16];
    for (int k = 0; k < 16; k += 2) {
        a[k] = _mm512_unpacklo_ps(r[k], r[k + 1]);
        a[k + 1] = _mm512_unpackhi_ps(r[k], r[k + 1]);
    }
    for (int k = 0; k < 16; k += 4) {
        b[k] = _mm512_shuffle_ps(a[k], a[k + 2], 0x44);
        b[k + 1] = _mm512_shuffle_ps(a[k], a[k + 2], 0xee);
        b[k + 2] = _mm512_shuffle_ps(a[k + 1], a[k + 3], 0x44);
        b[k + 3] = _mm512_shuffle_ps(a[k + 1], a[k + 3], 0xee);
    }
    // b[4 i + k] holds column k, k + 4, k + 8, k + 12 of rows 4 i … 4 i + 3, a quarter each
    for (int k = 0; k < 4; k++) {
        a[k] = _mm512_shuffle_f32x4(b[k], b[k + 4], 0x88);
        a[k + 4] = _mm512_shuffle_f32x4(b[k], b[k + 4], 0xdd);
        a[k + 8] = _mm512_shuffle_f32x4(b[k + 8], b[k + 12], 0x88);
        a[k + 12] = _mm512_shuffle_f32x4(b[k + 8], b[k + 12], 0xdd);
    }
    for (int k = 0; k < 4; k++) {
        r[k] = _mm512_shuffle_f32x4(a[k], a[k + 8], 0x88);
        r[k + 8] = _mm512_shuffle_f32x4(a[k], a[k + 8], 0xdd);
        r[k + 4] = _mm512_shuffle_f32x4(a[k + 4], a[k + 12], 0x88);
        r[k + 12] = _mm512_shuffle_f32x4(a[k + 4], a[k + 12], 0xdd);
    }
}

}  // namespace
}  // namespace inlay
