// AVX-512 Foundation; compiled with it switched on.
#include <immintrin.h>

#include "sampled_tiles_of.h"

namespace inlay {
namespace {

struct Avx512 {
    static constexpr int width = 16;
    using Register = __m512;

    static Register zero() { return _mm512_setzero_ps(); }

    static Register load(const float* p) { return _mm512_loadu_ps(p); }

    static Register load(const float* p, int64_t n) {
        const __mmask16 first = static_cast<__mmask16>(n < width ? (1u << n) - 1 : 0xffffu);
        return _mm512_maskz_loadu_ps(first, p);
    }

    static Register load(const uint16_t* h) {
        const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(h));
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
    }

    static void store(float* p, Register r) { _mm512_storeu_ps(p, r); }

    static Register add(Register a, Register b) { return _mm512_add_ps(a, b); }

    static Register fma(Register a, Register b, Register c) { return _mm512_fmadd_ps(a, b, c); }

    static void transpose(Register* r) {
        Register a[width];
        Register b[width];
        for (int k = 0; k < width; k += 2) {
            a[k] = _mm512_unpacklo_ps(r[k], r[k + 1]);
            a[k + 1] = _mm512_unpackhi_ps(r[k], r[k + 1]);
        }
        for (int k = 0; k < width; k += 4) {
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
};

}  // namespace

void avx512Tiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums) {
    tiles<Avx512>(task, begin, end, tile, sums);
}

}  // namespace inlay
