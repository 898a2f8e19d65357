// AVX2 with FMA; compiled with both switched on.
#include <immintrin.h>

#include "sampled_tiles_of.h"

namespace inlay {
namespace {

struct Avx2 {
    static constexpr int width = 8;
    using Register = __m256;

    static Register zero() { return _mm256_setzero_ps(); }

    static Register load(const float* p) { return _mm256_loadu_ps(p); }

    static Register load(const float* p, int64_t n) {
        const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        const int32_t count = n < width ? static_cast<int32_t>(n) : width;
        return _mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lanes));
    }

    static Register load(const uint16_t* h) {
        const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(h));
        return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
    }

    static void store(float* p, Register r) { _mm256_storeu_ps(p, r); }

    static Register add(Register a, Register b) { return _mm256_add_ps(a, b); }

    static Register fma(Register a, Register b, Register c) { return _mm256_fmadd_ps(a, b, c); }

    static void transpose(Register* r) {
        Register a[width];
        Register b[width];
        for (int k = 0; k < width; k += 2) {
            a[k] = _mm256_unpacklo_ps(r[k], r[k + 1]);
            a[k + 1] = _mm256_unpackhi_ps(r[k], r[k + 1]);
        }
        for (int k = 0; k < width; k += 4) {
            b[k] = _mm256_shuffle_ps(a[k], a[k + 2], 0x44);
            b[k + 1] = _mm256_shuffle_ps(a[k], a[k + 2], 0xee);
            b[k + 2] = _mm256_shuffle_ps(a[k + 1], a[k + 3], 0x44);
            b[k + 3] = _mm256_shuffle_ps(a[k + 1], a[k + 3], 0xee);
        }
        for (int k = 0; k < 4; k++) {
            r[k] = _mm256_permute2f128_ps(b[k], b[k + 4], 0x20);
            r[k + 4] = _mm256_permute2f128_ps(b[k], b[k + 4], 0x31);
        }
    }
};

}  // namespace

void avx2Tiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums) {
    tiles<Avx2>(task, begin, end, tile, sums);
}

}  // namespace inlay
