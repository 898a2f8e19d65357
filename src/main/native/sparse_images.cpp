// Products with sparse matrices, one for each image of a batch.
//
// An entry is applied to a strip of tokens before the next one: its two addresses are found once, and the tokens of a strip
// do not wait for each other. A strip of x and y stays in the first- or second-level cache for all entries.
#include <algorithm>
#include <cstdint>
#include <new>
#include <vector>

#include "bfloat16.h"
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
    int64_t yWidth;
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

// The entries applied to so many tokens of float32.
template <int64_t tokens>
void apply(const inlay_sparse_image& image, const Place* places, const float* x, int64_t xStride, float* y, int64_t yStride) {
    for (int64_t i = 0; i < image.count; i++) {
        const float value = image.values[i];
        const float* in = x + places[i].column;
        float* out = y + places[i].row;
        for (int64_t t = 0; t < tokens; t++) {
            out[t * yStride] += in[t * xStride] * value;
        }
    }
}

template <int64_t tokens>
void addFloats(const inlay_sparse_image& image, const Sizes& sizes, const Place* places, int64_t from) {
    apply<tokens>(
        image, places, static_cast<const float*>(image.x) + from * sizes.xStride, sizes.xStride,
        static_cast<float*>(image.y) + from * sizes.yStride, sizes.yStride);
}

// Plain loops, which become vectors.
void widen(const uint16_t* from, int64_t count, float* to) {
    for (int64_t i = 0; i < count; i++) {
        to[i] = inlay::widened(from[i]);
    }
}

void round(const float* from, int64_t count, uint16_t* to) {
    for (int64_t i = 0; i < count; i++) {
        to[i] = inlay::rounded(from[i]);
    }
}

// Whole rows become floats and are rounded when all entries are added; scratch holds kStrip rows of x and of y.
template <int64_t tokens>
void addHalves(const inlay_sparse_image& image, const Sizes& sizes, const Place* places, float* scratch, int64_t from) {
    const uint16_t* x = static_cast<const uint16_t*>(image.x) + from * sizes.xStride;
    uint16_t* y = static_cast<uint16_t*>(image.y) + from * sizes.yStride;
    float* in = scratch;
    float* out = scratch + kStrip * sizes.xWidth;
    for (int64_t t = 0; t < tokens; t++) {
        widen(x + t * sizes.xStride, sizes.xWidth, in + t * sizes.xWidth);
        widen(y + t * sizes.yStride, sizes.yWidth, out + t * sizes.yWidth);
    }
    apply<tokens>(image, places, in, sizes.xWidth, out, sizes.yWidth);
    for (int64_t t = 0; t < tokens; t++) {
        round(out + t * sizes.yWidth, sizes.yWidth, y + t * sizes.yStride);
    }
}

void add(const inlay_sparse_image& image, int32_t type, const Sizes& sizes, Place* places, float* scratch) {
    const int32_t width = static_cast<int32_t>(sizes.xWidth);
    for (int64_t i = 0; i < image.count; i++) {
        places[i] = {image.positions[i] / width, image.positions[i] % width};
    }
    const int64_t whole = sizes.tokens / kStrip * kStrip;
    if (type == INLAY_FLOAT32) {
        for (int64_t from = 0; from < whole; from += kStrip) {
            addFloats<kStrip>(image, sizes, places, from);
        }
        for (int64_t t = whole; t < sizes.tokens; t++) {
            addFloats<1>(image, sizes, places, t);
        }
    } else if (image.count > 0) {
        for (int64_t from = 0; from < whole; from += kStrip) {
            addHalves<kStrip>(image, sizes, places, scratch, from);
        }
        for (int64_t t = whole; t < sizes.tokens; t++) {
            addHalves<1>(image, sizes, places, scratch, t);
        }
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
    const Sizes sizes = {tokens, xWidth, xStride, yWidth, yStride};
    const int64_t useful = std::min({static_cast<int64_t>(threads), imageCount, 1 + work / kThreadWork});
    try {
        std::vector<Place> places(largest * useful);
        const int64_t scratch = type == INLAY_BF16 ? kStrip * (xWidth + yWidth) : 0;
        std::vector<float> rows(scratch * useful);
        inlay::shareOut(imageCount, useful, [&](int64_t thread, int64_t image) {
            add(images[image], type, sizes, places.data() + thread * largest, rows.data() + thread * scratch);
        });
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}
