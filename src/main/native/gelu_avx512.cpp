// GELU with AVX-512 Foundation; compiled with it switched on.
#include "elements_avx512.h"
#include "gelu.h"

namespace inlay {
namespace {

class Function {
public:
    explicit Function(const HalfPlusOdd& f) {
        for (int k = 0; k <= HalfPlusOdd::kDegree; k++) {
            coefficients_[k] = _mm512_load_ps(f.coefficients[k]);
        }
    }

    // A number that is none stays so.
    __m512 operator()(__m512 x) const {
        const __m512 sign = _mm512_castsi512_ps(
            _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(static_cast<int32_t>(0x80000000))));
        const __m512 scaled = _mm512_mul_ps(_mm512_abs_ps(x), _mm512_set1_ps(static_cast<float>(HalfPlusOdd::kScale)));
        const __m512 at = _mm512_min_ps(_mm512_set1_ps(HalfPlusOdd::kPieces - 1), scaled); // the second if one is no number
        const __m512 shift = _mm512_set1_ps(3 << 22); // has no fraction, so that what is added to it loses its own
        const __m512 shifted = _mm512_add_ps(at, shift);
        const __m512i piece = _mm512_castps_si512(shifted);
        const __m512 t = _mm512_sub_ps(at, _mm512_sub_ps(shifted, shift));
        __m512 sum = _mm512_permutexvar_ps(piece, coefficients_[HalfPlusOdd::kDegree]);
        for (int k = HalfPlusOdd::kDegree - 1; k >= 0; k--) {
            sum = _mm512_fmadd_ps(sum, t, _mm512_permutexvar_ps(piece, coefficients_[k]));
        }
        const __m512 odd = _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(sum), _mm512_castps_si512(sign)));
        return _mm512_add_ps(_mm512_set1_ps(0.5f), odd);
    }

private:
    __m512 coefficients_[HalfPlusOdd::kDegree + 1];
};

template <class T>
void scaled(
    const HalfPlusOdd& table, const typename T::Element* x, const typename T::Element* by, typename T::Element* out,
    int64_t count) {
    const Function f(table);
    const auto step = [&](const typename T::Element* in, const typename T::Element* factor, typename T::Element* to) {
        const Pair a = T::loadPair(in);
        const Pair b = T::loadPair(factor);
        T::storePair(to, {_mm512_mul_ps(f(a.a), b.a), _mm512_mul_ps(f(a.b), b.b)});
    };
    constexpr int64_t length = 2 * kLanes;
    const int64_t whole = count / length * length;
    for (int64_t i = 0; i < whole; i += length) {
        step(x + i, by + i, out + i);
    }
    typename T::Element rest[2][length] = {};
    for (int64_t i = whole; i < count; i++) {
        rest[0][i - whole] = x[i];
        rest[1][i - whole] = by[i];
    }
    step(rest[0], rest[1], rest[0]);
    for (int64_t i = whole; i < count; i++) {
        out[i] = rest[0][i - whole];
    }
}

}  // namespace

void avx512Scaled(const HalfPlusOdd& f, const float* x, const float* by, float* out, int64_t count) {
    scaled<Float32>(f, x, by, out, count);
}

void avx512Scaled(const HalfPlusOdd& f, const uint16_t* x, const uint16_t* by, uint16_t* out, int64_t count) {
    scaled<BFloat16>(f, x, by, out, count);
}

}  // namespace inlay
