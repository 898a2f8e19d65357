// What the sum's arguments and its vectors share.
#pragma once

#include <cstdint>

namespace inlay {

// sum = x + y, of which y is bfloat16
void avx512AddHalves(const float* x, const uint16_t* y, float* sum, int64_t count);

}  // namespace inlay
