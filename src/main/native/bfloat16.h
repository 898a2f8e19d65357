// bfloat16 numbers, the upper halves of floats, on any processor. In the unnamed namespace, because files that are compiled for
// an instruction set of their own include it: the linker must not share what they make of it.
#pragma once

#include <cstdint>

namespace inlay {
namespace {

inline float widened(uint16_t half) {
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

// To the nearest, of two the even one; what is not a number stays none.
inline uint16_t rounded(float value) {
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    const uint32_t half = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return static_cast<uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? 0x7fc0u : half);
}

}  // namespace
}  // namespace inlay
