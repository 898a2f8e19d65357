// AVX-512 Foundation; compiled with it switched on.
#include <immintrin.h>

#include "elements_avx512.h"
#include "sampled_tiles_of.h"
#include "transpose_avx512.h"

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

    static Register load(const uint16_t* h) { return BFloat16::load(h); }

    static void store(float* p, Register r) { _mm512_storeu_ps(p, r); }

    static Register add(Register a, Register b) { return _mm512_add_ps(a, b); }

    static Register fma(Register a, Register b, Register c) { return _mm512_fmadd_ps(a, b, c); }

    static void transpose(Register* r) { inlay::transpose(r); }
};

}  // namespace

void avx512Tiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums) {
    tiles<Avx512>(task, begin, end, tile, sums);
}

}  // namespace inlay
