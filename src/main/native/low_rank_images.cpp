// Products with matrices of low rank, one for each image of a batch: arguments and threads.
#include "low_rank_images.h"

#include <algorithm>
#include <new>

#include "buffer.h"
#include "inlay_kernels.h"
#include "threads.h"

namespace inlay {
namespace {

constexpr int64_t kVector = 16;

bool isType(int32_t type) { return type == INLAY_FLOAT32 || type == INLAY_BF16; }

bool isSound(const LowRank& of) {
    return of.tokens >= 0 && of.xWidth >= 0 && of.yWidth >= 0 && of.xWidth % kVector == 0 && of.yWidth % kVector == 0
        && of.xStride >= of.xWidth && of.yStride >= of.yWidth && of.rank >= 1;
}

bool isWhole(const inlay_low_rank_image& image) {
    return image.x != nullptr && image.y != nullptr && image.down != nullptr && image.up != nullptr;
}

template <class X, class Y>
void add(const LowRank& of, const inlay_low_rank_image* images, int64_t imageCount, int32_t threads) {
    const int64_t own = of.scratch();
    const Buffer scratch(own * threads);
    inPieces(imageCount, of.tokens * (of.xWidth + of.yWidth), threads,
        [&]([[maybe_unused]] int64_t thread, [[maybe_unused]] int64_t begin, [[maybe_unused]] int64_t end) {
#if defined(INLAY_X86_LEVELS)
            for (int64_t i = begin; i < end; i++) {
                avx512AddLowRank<X, Y>(
                    of, static_cast<const X*>(images[i].x), static_cast<Y*>(images[i].y), images[i].down, images[i].up,
                    scratch.at(own * thread));
            }
#endif
        });
}

}  // namespace
}  // namespace inlay

int32_t inlay_add_low_rank(
    const inlay_low_rank_image* images, int64_t imageCount, int32_t xType, int32_t yType,
    int64_t tokens, int64_t xWidth, int64_t xStride, int64_t yWidth, int64_t yStride,
    int64_t rank, double scale, int32_t threads) {
    using namespace inlay;
    const LowRank of = {tokens, xWidth, xStride, yWidth, yStride, rank, static_cast<float>(scale)};
    if (inlay_kernels_level() < INLAY_LEVEL_AVX512 || !isType(xType) || !isType(yType) || imageCount < 0 || threads < 1
        || !isSound(of) || (imageCount > 0 && images == nullptr)) {
        return INLAY_BAD_ARGUMENT;
    }
    if (imageCount == 0 || tokens == 0 || xWidth == 0 || yWidth == 0) {
        return INLAY_OK;
    }
    if (!std::all_of(images, images + imageCount, isWhole)) {
        return INLAY_BAD_ARGUMENT;
    }
    try {
        if (xType == INLAY_FLOAT32) {
            (yType == INLAY_FLOAT32 ? add<float, float> : add<float, uint16_t>)(of, images, imageCount, threads);
        } else {
            (yType == INLAY_FLOAT32 ? add<uint16_t, float> : add<uint16_t, uint16_t>)(of, images, imageCount, threads);
        }
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}
