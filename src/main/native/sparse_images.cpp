// Products with sparse matrices, one for each image of a batch.
//
// An entry is applied to a strip of tokens before the next one: its two addresses are found once, and the tokens of a strip
// do not wait for each other. A strip of x and y stays in the first- or second-level cache for all entries.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "inlay_kernels.h"
#include "threads.h"

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

// The entries of one image, added to its float32 rows.
void addFloats(const inlay_sparse_image& image, const Sizes& sizes, const Place* places) {
    const int64_t whole = sizes.tokens / kStrip * kStrip;
    for (int64_t from = 0; from < whole; from += kStrip) {
        const float* x = static_cast<const float*>(image.x) + from * sizes.xStride;
        float* y = static_cast<float*>(image.y) + from * sizes.yStride;
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
        const float* x = static_cast<const float*>(image.x) + t * sizes.xStride;
        float* y = static_cast<float*>(image.y) + t * sizes.yStride;
        for (int64_t i = 0; i < image.count; i++) {
            y[places[i].row] += x[places[i].column] * image.values[i];
        }
    }
}

float widened(uint16_t half) {
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

// To the nearest, of two the even one.
uint16_t rounded(float value) {
    if (value != value) {
        return 0x7fc0;
    }
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// Tokens [from, from + count) of the same for bfloat16 rows.
template <int64_t count>
void addHalves(const inlay_sparse_image& image, const Sizes& sizes, const Place* places, int64_t from) {
    const uint16_t* x = static_cast<const uint16_t*>(image.x) + from * sizes.xStride;
    uint16_t* y = static_cast<uint16_t*>(image.y) + from * sizes.yStride;
    for (int64_t i = 0; i < image.count;) {
        const int32_t row = places[i].row;
        float sums[count] = {};
        for (; i < image.count && places[i].row == row; i++) {
            for (int64_t t = 0; t < count; t++) {
                sums[t] += widened(x[t * sizes.xStride + places[i].column]) * image.values[i];
            }
        }
        for (int64_t t = 0; t < count; t++) {
            uint16_t& out = y[t * sizes.yStride + row];
            out = rounded(widened(out) + sums[t]);
        }
    }
}

void add(const inlay_sparse_image& image, int32_t type, const Sizes& sizes, Place* places) {
    const int32_t width = static_cast<int32_t>(sizes.xWidth);
    for (int64_t i = 0; i < image.count; i++) {
        places[i] = {image.positions[i] / width, image.positions[i] % width};
    }
    if (type == INLAY_FLOAT32) {
        addFloats(image, sizes, places);
        return;
    }
    const int64_t whole = sizes.tokens / kStrip * kStrip;
    for (int64_t from = 0; from < whole; from += kStrip) {
        addHalves<kStrip>(image, sizes, places, from);
    }
    for (int64_t t = whole; t < sizes.tokens; t++) {
        addHalves<1>(image, sizes, places, t);
    }
}

}  // namespace

int32_t inlay_add_sparse(
    const inlay_sparse_image* images, int64_t imageCount, int32_t type,
    int64_t tokens, int64_t xWidth, int64_t xStride, int64_t yWidth, int64_t yStride,
    int32_t threads) {
    const bool fits = (type == INLAY_FLOAT32 || type == INLAY_BF16) && imageCount >= 0 && tokens >= 0 && xWidth >= 0 && yWidth >= 0 && xStride >= xWidth && yStride >= yWidth
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
        inlay::shareOut(imageCount, useful, [&](int64_t thread, int64_t image) {
            add(images[image], type, sizes, places.data() + thread * largest);
        });
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}
