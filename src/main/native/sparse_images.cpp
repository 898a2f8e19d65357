// Products with sparse matrices, one for each image of a batch: arguments, threads, and plain code for every processor.
//
// The plain code applies an entry to a strip of tokens before the next one: its two addresses are found once, and the tokens of
// a strip do not wait for each other. A strip of x and y stays in the first- or second-level cache for all entries.
#include "sparse_images.h"

#include <algorithm>
#include <memory>
#include <new>

#include "bfloat16.h"
#include "buffer.h"
#include "threads.h"

namespace inlay {
namespace {

// Wide rows lie 4 KiB or a multiple apart: more of them than a set of the first-level cache has ways would displace each other.
constexpr int64_t kStrip = 4;

bool isWhole(const inlay_sparse_image& image, int64_t tokens, int64_t entries) {
    if (image.count < 0) {
        return false;
    }
    if (image.count == 0 && image.shift == nullptr) {
        return true;
    }
    return (image.count == 0 || (image.positions != nullptr && image.values != nullptr))
        && (tokens == 0 || (image.x != nullptr && image.y != nullptr))
        && std::all_of(image.positions, image.positions + image.count, [entries](int32_t i) { return i >= 0 && i < entries; });
}

// The shift and the entries applied to so many tokens of float32.
template <int64_t tokens>
void apply(
    const inlay_sparse_image& image, const Sizes& sizes, const Place* places, const float* x, int64_t xStride, float* y, int64_t yStride) {
    for (int64_t t = 0; image.shift != nullptr && t < tokens; t++) {
        for (int64_t i = 0; i < sizes.yWidth; i++) {
            y[t * yStride + i] += image.shift[i];
        }
    }
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
        image, sizes, places, static_cast<const float*>(image.x) + from * sizes.xStride, sizes.xStride,
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
    apply<tokens>(image, sizes, places, in, sizes.xWidth, out, sizes.yWidth);
    for (int64_t t = 0; t < tokens; t++) {
        round(out + t * sizes.yWidth, sizes.yWidth, y + t * sizes.yStride);
    }
}

template <class T>
void add(const inlay_sparse_image& image, const Sizes& sizes, const Place* places, float* scratch) {
    constexpr bool isFloat = sizeof(T) == sizeof(float);
    const int64_t whole = sizes.tokens / kStrip * kStrip;
    for (int64_t t = 0; t < sizes.tokens; t += t < whole ? kStrip : 1) {
        if constexpr (isFloat) {
            t < whole ? addFloats<kStrip>(image, sizes, places, t) : addFloats<1>(image, sizes, places, t);
        } else {
            t < whole ? addHalves<kStrip>(image, sizes, places, scratch, t) : addHalves<1>(image, sizes, places, scratch, t);
        }
    }
}

// The plain code or that for AVX-512.
template <class T>
void add(const inlay_sparse_image* images, int64_t imageCount, const Sizes& sizes, int64_t largest, int32_t threads) {
    const bool turned = inlay_kernels_level() >= INLAY_LEVEL_AVX512 && sizes.xWidth % kVector == 0 && sizes.yWidth % kVector == 0;
    const int64_t floats = turned ? avx512Scratch(sizes) : kStrip * (sizes.xWidth + sizes.yWidth);
    const std::unique_ptr<Place[]> places(new Place[largest * threads]);
    const Buffer scratch(floats * threads);
    const int32_t width = static_cast<int32_t>(sizes.xWidth);
    inPieces(imageCount, sizes.tokens * (sizes.xWidth + sizes.yWidth), threads, [&](int64_t thread, int64_t begin, int64_t end) {
        Place* own = places.get() + thread * largest;
        for (int64_t n = begin; n < end; n++) {
            const inlay_sparse_image& image = images[n];
            if (image.count == 0 && image.shift == nullptr) {
                continue;
            }
            for (int64_t i = 0; i < image.count; i++) {
                own[i] = {image.positions[i] / width, image.positions[i] % width};
            }
#if defined(INLAY_X86_LEVELS)
            if (turned) {
                avx512AddSparse<T>(image, sizes, own, scratch.at(thread * floats));
                continue;
            }
#endif
            add<T>(image, sizes, own, scratch.at(thread * floats));
        }
    });
}

}  // namespace
}  // namespace inlay

int32_t inlay_add_sparse(
    const inlay_sparse_image* images, int64_t imageCount, int32_t type,
    int64_t tokens, int64_t xWidth, int64_t xStride, int64_t yWidth, int64_t yStride,
    int32_t threads) {
    using namespace inlay;
    const bool fits = (type == INLAY_FLOAT32 || type == INLAY_BF16) && imageCount >= 0 && tokens >= 0 && xWidth >= 0 && yWidth >= 0
        && xStride >= xWidth && yStride >= yWidth && xWidth <= INT32_MAX && threads >= 1 && (imageCount == 0 || images != nullptr);
    if (!fits
        || !std::all_of(images, images + imageCount, [&](const inlay_sparse_image& i) { return isWhole(i, tokens, xWidth * yWidth); })) {
        return INLAY_BAD_ARGUMENT;
    }
    if (imageCount == 0 || tokens == 0 || yWidth == 0) {
        return INLAY_OK;
    }
    int64_t largest = 0;
    for (int64_t i = 0; i < imageCount; i++) {
        largest = std::max(largest, images[i].count);
    }
    const Sizes sizes = {tokens, xWidth, xStride, yWidth, yStride};
    try {
        if (type == INLAY_FLOAT32) {
            add<float>(images, imageCount, sizes, largest, threads);
        } else {
            add<uint16_t>(images, imageCount, sizes, largest, threads);
        }
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}
