// The sum of float32 and bfloat16 with AVX-512 Foundation; compiled with it switched on.
#include "add_halves.h"
#include "bfloat16.h"
#include "elements_avx512.h"

namespace inlay {

void avx512AddHalves(const float* x, const uint16_t* y, float* sum, int64_t count) {
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        Float32::store(sum + i, _mm512_add_ps(Float32::load(x + i), BFloat16::load(y + i)));
    }
    for (; i < count; i++) {
        sum[i] = x[i] + widened(y[i]);
    }
}

}  // namespace inlay
