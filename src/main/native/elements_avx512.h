// Sixteen elements of a type as float32 in a register. AVX-512 Foundation alone, which has no 16-bit masks.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace inlay {
namespace {

constexpr int64_t kLanes = 16;

struct Float32 {
    using Element = float;

    static __m512 load(const float* p) { return _mm512_loadu_ps(p); }

    static void store(float* p, __m512 r) { _mm512_storeu_ps(p, r); }
};

struct BFloat16 {
    using Element = uint16_t;

    static __m512 load(const uint16_t* p) {
        const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(words), 16));
    }

    // To nearest, ties to even; what is not a number stays so.
    static void store(uint16_t* p, __m512 r) {
        const __m512i bits = _mm512_castps_si512(r);
        const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
        const __m512i up = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
        const __mmask16 nan = _mm512_cmp_ps_mask(r, r, _CMP_UNORD_Q);
        const __m512i rounded = _mm512_mask_mov_epi32(up, nan, _mm512_set1_epi32(0x7fc00000));
        const __m256i words = _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), words);
    }
};

}  // namespace
}  // namespace inlay
