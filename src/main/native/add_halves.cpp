// The sum of a residual stream and what a block computed in bfloat16: arguments and pieces.
#include "add_halves.h"

#include <new>

#include "inlay_kernels.h"
#include "threads.h"

int32_t inlay_add_halves(const float* x, const uint16_t* y, float* sum, int64_t count, int32_t threads) {
    if (count < 0 || threads < 1 || inlay_kernels_level() < INLAY_LEVEL_AVX512
        || (count > 0 && (x == nullptr || y == nullptr || sum == nullptr))) {
        return INLAY_BAD_ARGUMENT;
    }
    try {
        inlay::inPieces(count, 1, threads, [&](int64_t, [[maybe_unused]] int64_t begin, [[maybe_unused]] int64_t end) {
#if defined(INLAY_X86_LEVELS)
            inlay::avx512AddHalves(x + begin, y + begin, sum + begin, end - begin);
#endif
        });
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}
