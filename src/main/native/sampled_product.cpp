// The sampled dense-dense product: arguments, packing order, pieces and threads.
//
// The tokens are cut into pieces whose number depends on the sizes alone. A piece is summed by one thread in one order
// into sums of its own, and those are added up in the order of the pieces: the bits do not depend on who did what when.
#include <algorithm>
#include <cstddef>
#include <new>
#include <vector>

#include "buffer.h"
#include "inlay_kernels.h"
#include "sampled_tiles.h"
#include "threads.h"

namespace inlay {
namespace {

// The tile should stay in the second-level cache of a core.
constexpr int64_t kTileFloats = 192 * 1024;
constexpr int64_t kLeastBlock = 64;
constexpr int64_t kMostBlock = 512;

// A strip with no more columns in use is not worth turning as a whole.
constexpr int64_t kMostSingles = 4;

constexpr int64_t kPieceTokens = 128;
constexpr int64_t kMostPieces = 64;
// Sums of all pieces: 16 MiB.
constexpr int64_t kMostSums = 4 * 1024 * 1024;

// Fewer multiplications than this are not worth a further thread.
constexpr int64_t kThreadWork = 1 << 18;

int64_t roundUp(int64_t n) { return (n + kStrip - 1) / kStrip * kStrip; }

int32_t bestLevel() {
#if defined(INLAY_X86_LEVELS)
    if (__builtin_cpu_supports("avx512f")) {
        return INLAY_LEVEL_AVX512;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return INLAY_LEVEL_AVX2;
    }
#endif
    return INLAY_LEVEL_PORTABLE;
}

// Null for a level that this library or this processor does not have.
Level levelOf(int32_t level) {
    const int32_t best = bestLevel();
    const int32_t wanted = level == INLAY_LEVEL_BEST ? best : level;
    if (wanted > best) {
        return nullptr;
    }
    switch (wanted) {
        case INLAY_LEVEL_PORTABLE:
            return portableTiles;
#if defined(INLAY_X86_LEVELS)
        case INLAY_LEVEL_AVX2:
            return avx2Tiles;
        case INLAY_LEVEL_AVX512:
            return avx512Tiles;
#endif
        default:
            return nullptr;
    }
}

bool within(const int32_t* indices, int64_t count, int64_t width) {
    return std::all_of(indices, indices + count, [width](int32_t i) { return i >= 0 && i < width; });
}

// Where the columns that entries use are packed, and how they are read.
class Packing {
public:
    Packing(const int32_t* columns, int64_t count, int64_t width, int64_t padded) : packed_(padded, 0) {
        std::vector<int32_t> place(roundUp(width), kUnused);
        for (int64_t i = 0; i < count; i++) {
            place[columns[i]] = kUsed;
        }
        for (int32_t first = 0; first < width; first += kStrip) {
            readStrip(first, place.data() + first);
        }
        std::replace(stripPlaces_.begin(), stripPlaces_.end(), kUnused, used_);
        for (int64_t i = 0; i < count; i++) {
            packed_[i] = place[columns[i]];
        }
    }

    Operand operand(const void* data, int64_t width, int64_t stride) const {
        return {data, width, stride, strips_.data(), stripPlaces_.data(), size(strips_),
                singles_.data(), singlePlaces_.data(), size(singles_), columns(), packed_.data()};
    }

    int64_t columns() const { return used_ + 1; }

private:
    static constexpr int32_t kUnused = -1;
    static constexpr int32_t kUsed = -2;

    static int64_t size(const std::vector<int32_t>& v) { return static_cast<int64_t>(v.size()); }

    // Gives the used columns of a strip their places.
    void readStrip(int32_t first, int32_t* place) {
        const bool whole = std::count(place, place + kStrip, kUsed) > kMostSingles;
        for (int32_t k = 0; k < kStrip; k++) {
            if (place[k] == kUsed) {
                place[k] = used_++;
                if (!whole) {
                    singles_.push_back(first + k);
                    singlePlaces_.push_back(place[k]);
                }
            }
        }
        if (whole) {
            strips_.push_back(first / static_cast<int32_t>(kStrip));
            stripPlaces_.insert(stripPlaces_.end(), place, place + kStrip);
        }
    }

    int32_t used_ = 0;
    std::vector<int32_t> strips_;
    std::vector<int32_t> stripPlaces_;
    std::vector<int32_t> singles_;
    std::vector<int32_t> singlePlaces_;
    std::vector<int32_t> packed_;
};

struct Pieces {
    int64_t count;
    int64_t tokens;

    Pieces(int64_t all, int64_t sums) {
        const int64_t most = std::clamp(kMostSums / sums, int64_t{1}, kMostPieces);
        const int64_t wanted = std::clamp(all / kPieceTokens, int64_t{1}, most);
        tokens = roundUp((all + wanted - 1) / wanted);
        count = (all + tokens - 1) / tokens;
    }
};

void run(Level level, const Task& task, const Pieces& pieces, int64_t tokens, int64_t threads, float* sums) {
    const int64_t tileFloats = (task.g.packedColumns + task.x.packedColumns) * task.leading;
    const Buffer tiles(tileFloats * threads);
    shareOut(pieces.count, threads, [&](int64_t thread, int64_t piece) {
        float* own = sums + piece * task.groups * kStrip;
        std::fill_n(own, task.groups * kStrip, 0.0f);
        const int64_t begin = piece * pieces.tokens;
        level(task, begin, std::min(begin + pieces.tokens, tokens), tiles.at(thread * tileFloats), own);
    });
}

}  // namespace
}  // namespace inlay

int32_t inlay_kernels_version(void) { return INLAY_KERNELS_VERSION; }

int32_t inlay_kernels_level(void) { return inlay::bestLevel(); }

int32_t inlay_sampled_product(
    const void* g, int64_t gWidth, int64_t gStride,
    const void* x, int64_t xWidth, int64_t xStride,
    int32_t type, int64_t tokens,
    const int32_t* rows, const int32_t* columns, int64_t count,
    float* out, int32_t accumulate, int32_t threads, int32_t level) {
    using namespace inlay;
    const Level tiles = levelOf(level);
    const bool sizes = tokens >= 0 && count >= 0 && gWidth >= 0 && xWidth >= 0 && gStride >= gWidth && xStride >= xWidth;
    if (tiles == nullptr || !sizes || threads < 1 || (type != INLAY_FLOAT32 && type != INLAY_BF16)) {
        return INLAY_BAD_ARGUMENT;
    }
    if (count == 0) {
        return INLAY_OK;
    }
    if (rows == nullptr || columns == nullptr || out == nullptr || (tokens > 0 && (g == nullptr || x == nullptr))
        || !within(rows, count, gWidth) || !within(columns, count, xWidth)) {
        return INLAY_BAD_ARGUMENT;
    }
    if (tokens == 0) {
        if (accumulate == 0) {
            std::fill_n(out, count, 0.0f);
        }
        return INLAY_OK;
    }
    try {
        const int64_t padded = roundUp(count);
        const Packing gPacking(rows, count, gWidth, padded);
        const Packing xPacking(columns, count, xWidth, padded);
        const int64_t fitting = kTileFloats / (gPacking.columns() + xPacking.columns()) / kStrip * kStrip;
        const int64_t block = std::clamp(fitting, kLeastBlock, kMostBlock);
        // one strip more than the tokens: packed columns must not all fall into the same sets of the cache
        const Task task = {type == INLAY_BF16, gPacking.operand(g, gWidth, gStride), xPacking.operand(x, xWidth, xStride),
                           padded / kStrip, block, block + kStrip};
        const Pieces pieces(tokens, padded);
        const int64_t useful = std::min(pieces.count, 1 + count * tokens / kThreadWork);
        const Buffer sums(pieces.count * padded);
        run(tiles, task, pieces, tokens, std::min<int64_t>(threads, useful), sums.at(0));
        for (int64_t i = 0; i < count; i++) {
            float sum = accumulate == 0 ? 0.0f : out[i];
            for (int64_t piece = 0; piece < pieces.count; piece++) {
                sum += sums.at(piece * padded)[i];
            }
            out[i] = sum;
        }
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}
