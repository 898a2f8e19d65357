// Elements of a type as float32 in registers. AVX-512 Foundation alone, which has no 16-bit masks.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace inlay {
namespace {

constexpr int64_t kLanes = 16;

// 32 elements, in an order of the type's own: for what is computed for each element alone.
struct Pair {
    __m512 a;
    __m512 b;
};

struct Float32 {
    using Element = float;

    static __m512 load(const float* p) { return _mm512_loadu_ps(p); }

    static void store(float* p, __m512 r) { _mm512_storeu_ps(p, r); }

    static Pair loadPair(const float* p) { return {load(p), load(p + kLanes)}; }

    static void storePair(float* p, Pair r) {
        store(p, r.a);
        store(p + kLanes, r.b);
    }
};

struct BFloat16 {
    using Element = uint16_t;

    static __m512 load(const uint16_t* p) {
        const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(words), 16));
    }

    static void store(uint16_t* p, __m512 r) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded(r), 16)));
    }

    // Elements of even places and of odd ones: the lower and upper halves of 32 bits.
    static Pair loadPair(const uint16_t* p) {
        const __m512i words = _mm512_loadu_si512(p);
        return {_mm512_castsi512_ps(_mm512_slli_epi32(words, 16)), _mm512_castsi512_ps(_mm512_and_si512(words, upper()))};
    }

    static void storePair(uint16_t* p, Pair r) {
        const __m512i even = _mm512_srli_epi32(rounded(r.a), 16);
        _mm512_storeu_si512(p, _mm512_or_si512(even, _mm512_and_si512(rounded(r.b), upper())));
    }

private:
    static __m512i upper() { return _mm512_set1_epi32(static_cast<int32_t>(0xffff0000)); }

    // In the upper halves: to nearest, ties to even. A NaN is only cut, and those that arithmetic gives are NaNs still.
    static __m512i rounded(__m512 r) {
        const __m512i bits = _mm512_castps_si512(r);
        const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
        const __m512i up = _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff));
        return _mm512_mask_add_epi32(bits, _mm512_cmp_ps_mask(r, r, _CMP_ORD_Q), bits, up);
    }
};

// Of the elements T.
template <class T>
struct ElementsOf;

template <>
struct ElementsOf<float> {
    using Type = Float32;
};

template <>
struct ElementsOf<uint16_t> {
    using Type = BFloat16;
};

template <class T>
using Of = typename ElementsOf<T>::Type;

}  // namespace
}  // namespace inlay
