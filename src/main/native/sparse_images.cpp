// Products with sparse matrices, one for each image of a batch.
//
// An entry is applied to a strip of tokens before the next one: its two addresses are found once, and the tokens of a strip
// do not wait for each other. A strip of x and y stays in the first- or second-level cache for all entries.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "inlay_kernels.h"

namespace {

// Wide rows lie 4 KiB or a multiple apart: more of them than a set of the first-level cache has ways would displace each other.
constexpr int64_t kStrip = 4;

// Fewer multiplications than this are not worth a further thread.
constexpr int64_t kThreadWork = 1 << 18;

struct Place {
    int32_t row;
    int32_t column;
};

struct Sizes {
    int64_t tokens;
    int64_t xWidth;
    int64_t xStride;
    int64_t yStride;
};

bool isWhole(const inlay_sparse_image& image, int64_t tokens, int64_t entries) {
    if (image.count < 0) {
        return false;
    }
    if (image.count == 0) {
        return true;
    }
    return image.positions != nullptr && image.values != nullptr && (tokens == 0 || (image.x != nullptr && image.y != nullptr))
        && std::all_of(image.positions, image.positions + image.count, [entries](int32_t i) { return i >= 0 && i < entries; });
}

void add(const inlay_sparse_image& image, const Sizes& sizes, Place* places) {
    const int32_t width = static_cast<int32_t>(sizes.xWidth);
    for (int64_t i = 0; i < image.count; i++) {
        places[i] = {image.positions[i] / width, image.positions[i] % width};
    }
    const int64_t whole = sizes.tokens / kStrip * kStrip;
    for (int64_t from = 0; from < whole; from += kStrip) {
        const float* x = image.x + from * sizes.xStride;
        float* y = image.y + from * sizes.yStride;
        for (int64_t i = 0; i < image.count; i++) {
            const float value = image.values[i];
            const float* in = x + places[i].column;
            float* out = y + places[i].row;
            for (int64_t t = 0; t < kStrip; t++) {
                out[t * sizes.yStride] += in[t * sizes.xStride] * value;
            }
        }
    }
    for (int64_t t = whole; t < sizes.tokens; t++) {
        const float* x = image.x + t * sizes.xStride;
        float* y = image.y + t * sizes.yStride;
        for (int64_t i = 0; i < image.count; i++) {
            y[places[i].row] += x[places[i].column] * image.values[i];
        }
    }
}

}  // namespace

int32_t inlay_add_sparse(
    const inlay_sparse_image* images, int64_t imageCount,
    int64_t tokens, int64_t xWidth, int64_t xStride, int64_t yWidth, int64_t yStride,
    int32_t threads) {
    const bool fits = imageCount >= 0 && tokens >= 0 && xWidth >= 0 && yWidth >= 0 && xStride >= xWidth && yStride >= yWidth
        && xWidth <= INT32_MAX && threads >= 1 && (imageCount == 0 || images != nullptr);
    if (!fits
        || !std::all_of(images, images + imageCount, [&](const inlay_sparse_image& i) { return isWhole(i, tokens, xWidth * yWidth); })) {
        return INLAY_BAD_ARGUMENT;
    }
    int64_t largest = 0;
    int64_t work = 0;
    for (int64_t i = 0; i < imageCount; i++) {
        largest = std::max(largest, images[i].count);
        work += images[i].count * tokens;
    }
    if (work == 0) {
        return INLAY_OK;
    }
    const Sizes sizes = {tokens, xWidth, xStride, yStride};
    const int64_t useful = std::min({static_cast<int64_t>(threads), imageCount, 1 + work / kThreadWork});
    try {
        std::vector<Place> places(largest * useful);
        std::atomic<int64_t> next{0};
        const auto share = [&](int64_t thread) {
            for (int64_t image = next++; image < imageCount; image = next++) {
                add(images[image], sizes, places.data() + thread * largest);
            }
        };
        std::vector<std::thread> others;
        others.reserve(useful - 1);
        try {
            for (int64_t thread = 1; thread < useful; thread++) {
                others.emplace_back(share, thread);
            }
        } catch (const std::system_error&) {
            // the system gives no further thread: those that are there do its share
        }
        share(0);
        for (std::thread& other : others) {
            other.join();
        }
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}
