// The sampled dense-dense product: arguments, packing order, pieces and threads.
//
// The tokens are cut into pieces whose number depends on the sizes alone. A piece is summed by one thread in one order
// into sums of its own, and those are added up in the order of the pieces: the bits do not depend on who did what when.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "inlay_kernels.h"
#include "sampled_tiles.h"

namespace inlay {
namespace {

// The tile should stay in the second-level cache of a core.
constexpr int64_t kTileFloats = 192 * 1024;
constexpr int64_t kLeastBlock = 64;
constexpr int64_t kMostBlock = 512;

constexpr int64_t kPieceTokens = 128;
constexpr int64_t kMostPieces = 64;
// Sums of all pieces: 16 MiB.
constexpr int64_t kMostSums = 4 * 1024 * 1024;

// Fewer multiplications than this are not worth a further thread.
constexpr int64_t kThreadWork = 1 << 18;

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

// The strips that entries touch, and where each entry's column ends up when only those are packed.
class Packing {
public:
    Packing(const int32_t* columns, int64_t count, int64_t width, int64_t padded) : packed_(padded, 0) {
        std::vector<int32_t> place((width + kStrip - 1) / kStrip, -1);
        for (int64_t i = 0; i < count; i++) {
            place[columns[i] / kStrip] = 0;
        }
        for (std::size_t s = 0; s < place.size(); s++) {
            if (place[s] == 0) {
                place[s] = static_cast<int32_t>(strips_.size());
                strips_.push_back(static_cast<int32_t>(s));
            }
        }
        for (int64_t i = 0; i < count; i++) {
            packed_[i] = static_cast<int32_t>(place[columns[i] / kStrip] * kStrip + columns[i] % kStrip);
        }
    }

    Operand operand(const float* data, int64_t width, int64_t stride) const {
        return {data, width, stride, strips_.data(), static_cast<int64_t>(strips_.size()), packed_.data()};
    }

    int64_t columns() const { return static_cast<int64_t>(strips_.size()) * kStrip; }

private:
    std::vector<int32_t> strips_;
    std::vector<int32_t> packed_;
};

// Uninitialised floats on the border of a cache line.
class Buffer {
public:
    explicit Buffer(int64_t floats)
        : data_(static_cast<float*>(::operator new(floats * sizeof(float), std::align_val_t{64}))) {}
    ~Buffer() { ::operator delete(data_, std::align_val_t{64}); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    float* at(int64_t floats) const { return data_ + floats; }

private:
    float* data_;
};

int64_t roundUp(int64_t n) { return (n + kStrip - 1) / kStrip * kStrip; }

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
    const int64_t tileFloats = (task.g.stripCount + task.x.stripCount) * kStrip * task.leading;
    const Buffer tiles(tileFloats * threads);
    std::atomic<int64_t> next{0};
    const auto work = [&](int64_t thread) {
        for (int64_t piece = next++; piece < pieces.count; piece = next++) {
            float* own = sums + piece * task.groups * kStrip;
            std::fill_n(own, task.groups * kStrip, 0.0f);
            const int64_t begin = piece * pieces.tokens;
            level(task, begin, std::min(begin + pieces.tokens, tokens), tiles.at(thread * tileFloats), own);
        }
    };
    std::vector<std::thread> others;
    others.reserve(threads - 1);
    try {
        for (int64_t thread = 1; thread < threads; thread++) {
            others.emplace_back(work, thread);
        }
    } catch (const std::system_error&) {
        // the system gives no further thread: those that are there do its share
    }
    work(0);
    for (std::thread& other : others) {
        other.join();
    }
}

}  // namespace
}  // namespace inlay

int32_t inlay_kernels_version(void) { return INLAY_KERNELS_VERSION; }

int32_t inlay_kernels_level(void) { return inlay::bestLevel(); }

int32_t inlay_sampled_product(
    const float* g, int64_t gWidth, int64_t gStride,
    const float* x, int64_t xWidth, int64_t xStride,
    int64_t tokens,
    const int32_t* rows, const int32_t* columns, int64_t count,
    float* out, int32_t accumulate, int32_t threads, int32_t level) {
    using namespace inlay;
    const Level tiles = levelOf(level);
    const bool sizes = tokens >= 0 && count >= 0 && gWidth >= 0 && xWidth >= 0 && gStride >= gWidth && xStride >= xWidth;
    if (tiles == nullptr || !sizes || threads < 1) {
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
        const Task task = {gPacking.operand(g, gWidth, gStride), xPacking.operand(x, xWidth, xStride),
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
