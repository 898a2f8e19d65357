// What GELU's arguments and its vectors share.
#pragma once

#include <cstdint>

namespace inlay {

// A function of which f(x) - 1/2 is odd, and 1/2 from kEnd on: polynomials for |x|, of which piece i is around i / kScale.
struct HalfPlusOdd {
    static constexpr int kPieces = 16;
    static constexpr int kDegree = 5;
    static constexpr double kEnd = 6;
    static constexpr double kScale = (kPieces - 1.5) / kEnd;

    alignas(64) float coefficients[kDegree + 1][kPieces]; // of powers of kScale |x| - i
};

// out = f(x) by; all may be the same
void avx512Scaled(const HalfPlusOdd& f, const float* x, const float* by, float* out, int64_t count);
void avx512Scaled(const HalfPlusOdd& f, const uint16_t* x, const uint16_t* by, uint16_t* out, int64_t count);

}  // namespace inlay
