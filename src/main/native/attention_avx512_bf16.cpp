// Attention in bf16: products of pairs with sums in float32; compiled with AVX512_BF16 and BW switched on.
#include <cstring>

#include "attention_of.h"
#include "elements_avx512.h"

namespace inlay {
namespace {

struct Bf16 {
    using Element = uint16_t;
    using Word = uint32_t;
    using Vector = __m512bh;
    static constexpr int kPack = 2;

    static Vector load(const Word* p) { return (Vector)_mm512_loadu_si512(p); }

    static Vector broadcast(const Word* p) { return (Vector)_mm512_set1_epi32(static_cast<int32_t>(*p)); }

    static __m512 multiplyAdd(__m512 sum, Vector a, Vector b) { return _mm512_dpbf16_ps(sum, a, b); }

    static __m512 floats(const Element* p) { return BFloat16::load(p); }

    static void store(void* p, __m512 values) {
        _mm256_storeu_si256(static_cast<__m256i*>(p), (__m256i)_mm512_cvtneps_pbh(values));
    }

    static void storeRow(Word* p, __m512 values) { store(p, values); }

    // Two rows, whose elements of a column make a word.
    static void storeStacked(Word* p, const __m512* rows) {
        _mm512_storeu_si512(p, interleaved((__m256i)_mm512_cvtneps_pbh(rows[0]), (__m256i)_mm512_cvtneps_pbh(rows[1])));
    }

    static void copy(Rows<const Element> from, int64_t tokens, int64_t headDim, Word* to) {
        for (int64_t t = 0; t < tokens; t++) {
            std::memcpy(to + t * headDim / kPack, from.data + t * from.stride, headDim * sizeof(Element));
        }
    }

    static void stack(Rows<const Element> from, int64_t tokens, int64_t headDim, Word* to) {
        for (int64_t t = 0; t < tokens; t += kPack) {
            const Element* row = from.data + t * from.stride;
            for (int64_t c = 0; c < headDim; c += kLane) {
                const __m256i second = t + 1 < tokens ? elements(row + from.stride + c) : _mm256_setzero_si256();
                _mm512_storeu_si512(to + t / kPack * headDim + c, interleaved(elements(row + c), second));
            }
        }
    }

private:
    static __m256i elements(const Element* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }

    static __m512i interleaved(__m256i low, __m256i high) {
        return _mm512_or_si512(_mm512_cvtepu16_epi32(low), _mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16));
    }
};

}  // namespace

const Attention kBf16Attention = attentionOf<Bf16>();

}  // namespace inlay
