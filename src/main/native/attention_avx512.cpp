// Attention in float32; compiled with AVX-512 Foundation and DQ switched on.
#include "attention_of.h"

namespace inlay {
namespace {

struct Float32 {
    using Element = float;
    using Word = float;
    using Vector = __m512;
    static constexpr int kPack = 1;

    static Vector load(const Word* p) { return _mm512_loadu_ps(p); }

    static Vector broadcast(const Word* p) { return _mm512_set1_ps(*p); }

    static __m512 multiplyAdd(__m512 sum, Vector a, Vector b) { return _mm512_fmadd_ps(a, b, sum); }

    static __m512 floats(const Element* p) { return _mm512_loadu_ps(p); }

    static void store(Element* p, __m512 values) { _mm512_storeu_ps(p, values); }

    static void storeRow(Word* p, __m512 values) { _mm512_storeu_ps(p, values); }

    static void storeStacked(Word* p, const __m512* rows) { _mm512_storeu_ps(p, rows[0]); }

    static void copy(Rows<const Element> from, int64_t tokens, int64_t headDim, Word* to) {
        for (int64_t t = 0; t < tokens; t++) {
            for (int64_t c = 0; c < headDim; c += kLane) {
                _mm512_storeu_ps(to + t * headDim + c, _mm512_loadu_ps(from.data + t * from.stride + c));
            }
        }
    }

    static void stack(Rows<const Element> from, int64_t tokens, int64_t headDim, Word* to) {
        copy(from, tokens, headDim, to);
    }
};

}  // namespace

const Attention kFloat32Attention = attentionOf<Float32>();

}  // namespace inlay
