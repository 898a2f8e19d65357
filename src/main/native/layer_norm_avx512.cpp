// LayerNorm with AVX-512 Foundation; compiled with it switched on. A row stays in the first-level cache for all that is done to it.
#include "elements_avx512.h"
#include "layer_norm.h"

namespace inlay {
namespace {

// The sum of the elements of term(i), a vector that begins at i; four sums keep enough additions in flight.
template <class Term>
inline float sum(int64_t width, const Term& term) {
    __m512 a = _mm512_setzero_ps(), b = a, c = a, d = a;
    int64_t i = 0;
    for (; i + 4 * kLanes <= width; i += 4 * kLanes) {
        a = _mm512_add_ps(a, term(i));
        b = _mm512_add_ps(b, term(i + kLanes));
        c = _mm512_add_ps(c, term(i + 2 * kLanes));
        d = _mm512_add_ps(d, term(i + 3 * kLanes));
    }
    for (; i < width; i += kLanes) {
        a = _mm512_add_ps(a, term(i));
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d)));
}

}  // namespace

void avx512Normalise(const Rows& rows, const Normalised& to, float* y, int64_t begin, int64_t end) {
    const float width = static_cast<float>(rows.width);
    for (int64_t row = begin; row < end; row++) {
        const float* x = rows.x + row * rows.width;
        float* out = y + row * rows.width;
        const float mean = sum(rows.width, [&](int64_t i) { return Float32::load(x + i); }) / width;
        const __m512 centre = _mm512_set1_ps(mean);
        const float variance = sum(rows.width, [&](int64_t i) {
            const __m512 from = _mm512_sub_ps(Float32::load(x + i), centre);
            return _mm512_mul_ps(from, from);
        }) / width;
        const __m512 factor = _mm512_div_ps(_mm512_set1_ps(1), _mm512_sqrt_ps(_mm512_set1_ps(variance + to.epsilon)));
        to.mean[row] = mean;
        to.reciprocal[row] = _mm512_cvtss_f32(factor);
        for (int64_t i = 0; i < rows.width; i += kLanes) {
            const __m512 value = _mm512_mul_ps(_mm512_sub_ps(Float32::load(x + i), centre), factor);
            const __m512 scale = rows.scale == nullptr ? _mm512_set1_ps(1) : Float32::load(rows.scale + i);
            const __m512 shift = to.shift == nullptr ? _mm512_setzero_ps() : Float32::load(to.shift + i);
            Float32::store(out + i, _mm512_fmadd_ps(value, scale, shift));
        }
    }
}

// With g = dy scale and n = (x - mean) reciprocal: dx = reciprocal (g - mean of g - n (mean of g n)).
void avx512NormaliseBack(const Rows& rows, const Moments& of, const float* dy, float* dx, int64_t begin, int64_t end) {
    const float width = static_cast<float>(rows.width);
    for (int64_t row = begin; row < end; row++) {
        const float* x = rows.x + row * rows.width;
        const float* in = dy + row * rows.width;
        float* out = dx + row * rows.width;
        const __m512 centre = _mm512_set1_ps(of.mean[row]);
        const __m512 factor = _mm512_set1_ps(of.reciprocal[row]);
        const auto g = [&](int64_t i) {
            const __m512 value = Float32::load(in + i);
            return rows.scale == nullptr ? value : _mm512_mul_ps(value, Float32::load(rows.scale + i));
        };
        const auto n = [&](int64_t i) { return _mm512_mul_ps(_mm512_sub_ps(Float32::load(x + i), centre), factor); };
        const __m512 ofG = _mm512_set1_ps(sum(rows.width, g) / width);
        const __m512 ofProduct =
            _mm512_set1_ps(sum(rows.width, [&](int64_t i) { return _mm512_mul_ps(g(i), n(i)); }) / width);
        for (int64_t i = 0; i < rows.width; i += kLanes) {
            const __m512 inner = _mm512_fnmadd_ps(n(i), ofProduct, _mm512_sub_ps(g(i), ofG));
            Float32::store(out + i, _mm512_mul_ps(inner, factor));
        }
    }
}

}  // namespace inlay
