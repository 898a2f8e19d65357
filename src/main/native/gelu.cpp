// GELU, x Φ(x), and its derivative, Φ(x) + x φ(x): arguments, tables and pieces.
//
// Both Φ(x) - 1/2 and gelu'(x) - 1/2 are odd, and 1/2 to the precision of float32 for large x, so that one routine computes
// both: a table of polynomials of |x|, from which each lane takes the coefficients of its piece.
#include "gelu.h"

#include <cmath>
#include <new>

#include "inlay_kernels.h"
#include "threads.h"

namespace inlay {
namespace {

// Interpolates f - 1/2 at each piece's Chebyshev nodes.
HalfPlusOdd fitted(double (*f)(double)) {
    constexpr int nodes = HalfPlusOdd::kDegree + 1;
    HalfPlusOdd table{};
    for (int piece = 0; piece < HalfPlusOdd::kPieces - 1; piece++) {
        double t[nodes];
        double difference[nodes]; // divided, as in Newton's form
        for (int k = 0; k < nodes; k++) {
            t[k] = 0.5 * std::cos(std::acos(-1.0) * (k + 0.5) / nodes);
            difference[k] = f((piece + t[k]) / HalfPlusOdd::kScale) - 0.5;
        }
        for (int order = 1; order < nodes; order++) {
            for (int k = nodes - 1; k >= order; k--) {
                difference[k] = (difference[k] - difference[k - 1]) / (t[k] - t[k - order]);
            }
        }
        double power[nodes] = {};
        for (int k = nodes - 1; k >= 0; k--) { // power = power (x - t[k]) + difference[k]
            for (int i = nodes - 1; i > 0; i--) {
                power[i] = power[i - 1] - t[k] * power[i];
            }
            power[0] = difference[k] - t[k] * power[0];
        }
        for (int i = 0; i < nodes; i++) {
            table.coefficients[i][piece] = static_cast<float>(power[i]);
        }
    }
    table.coefficients[0][HalfPlusOdd::kPieces - 1] = 0.5f;
    return table;
}

double cumulative(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double derivative(double x) { return cumulative(x) + x * std::exp(-0.5 * x * x) / std::sqrt(2 * std::acos(-1.0)); }

template <class T>
void scaled(const HalfPlusOdd& f, const void* x, const void* by, void* out, int64_t count, int32_t threads) {
    inPieces(count, 1, threads, [&](int64_t, [[maybe_unused]] int64_t begin, [[maybe_unused]] int64_t end) {
#if defined(INLAY_X86_LEVELS)
        avx512Scaled(
            f, static_cast<const T*>(x) + begin, static_cast<const T*>(by) + begin, static_cast<T*>(out) + begin, end - begin);
#endif
    });
}

int32_t scaled(
    const HalfPlusOdd& f, const void* x, const void* by, void* out, int64_t count, int32_t type, int32_t threads) {
    if (count < 0 || threads < 1 || (type != INLAY_FLOAT32 && type != INLAY_BF16)
        || inlay_kernels_level() < INLAY_LEVEL_AVX512
        || (count > 0 && (x == nullptr || by == nullptr || out == nullptr))) {
        return INLAY_BAD_ARGUMENT;
    }
    try {
        if (type == INLAY_FLOAT32) {
            scaled<float>(f, x, by, out, count, threads);
        } else {
            scaled<uint16_t>(f, x, by, out, count, threads);
        }
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}

}  // namespace
}  // namespace inlay

int32_t inlay_gelu(const void* x, void* y, int64_t count, int32_t type, int32_t threads) {
    static const inlay::HalfPlusOdd table = inlay::fitted(inlay::cumulative);
    return inlay::scaled(table, x, x, y, count, type, threads);
}

int32_t inlay_gelu_gradient(
    const void* x, const void* dy, void* dx, int64_t count, int32_t type, int32_t threads) {
    static const inlay::HalfPlusOdd table = inlay::fitted(inlay::derivative);
    return inlay::scaled(table, x, dy, dx, count, type, threads);
}
