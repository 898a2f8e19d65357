// LayerNorm and its gradient in the input: arguments and pieces.
#include "layer_norm.h"

#include <new>

#include "inlay_kernels.h"
#include "threads.h"

namespace inlay {
namespace {

constexpr int64_t kVector = 16;

bool isSound(int64_t rows, int64_t width, int32_t threads) {
    return inlay_kernels_level() >= INLAY_LEVEL_AVX512 && rows >= 0 && width > 0 && width % kVector == 0 && threads >= 1;
}

template <class Work>
int32_t inRows(int64_t rows, int64_t width, int32_t threads, const Work& work) {
    try {
        inPieces(rows, width, threads, work);
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}

}  // namespace
}  // namespace inlay

int32_t inlay_layer_norm(
    const float* x, const float* scale, const float* shift, double epsilon, int64_t rows, int64_t width,
    float* y, float* mean, float* reciprocal, int32_t threads) {
    using namespace inlay;
    if (!isSound(rows, width, threads)
        || (rows > 0 && (x == nullptr || y == nullptr || mean == nullptr || reciprocal == nullptr))) {
        return INLAY_BAD_ARGUMENT;
    }
    const Rows in = {x, width, scale};
    const Normalised to = {shift, static_cast<float>(epsilon), mean, reciprocal};
    return inRows(rows, width, threads, [&](int64_t, [[maybe_unused]] int64_t begin, [[maybe_unused]] int64_t end) {
#if defined(INLAY_X86_LEVELS)
        avx512Normalise(in, to, y, begin, end);
#endif
    });
}

int32_t inlay_layer_norm_gradient(
    const float* x, const float* scale, const float* mean, const float* reciprocal, int64_t rows, int64_t width,
    const float* dy, float* dx, int32_t threads) {
    using namespace inlay;
    if (!isSound(rows, width, threads)
        || (rows > 0 && (x == nullptr || dy == nullptr || dx == nullptr || mean == nullptr || reciprocal == nullptr))) {
        return INLAY_BAD_ARGUMENT;
    }
    const Rows in = {x, width, scale};
    const Moments of = {mean, reciprocal};
    return inRows(rows, width, threads, [&](int64_t, [[maybe_unused]] int64_t begin, [[maybe_unused]] int64_t end) {
#if defined(INLAY_X86_LEVELS)
        avx512NormaliseBack(in, of, dy, dx, begin, end);
#endif
    });
}
