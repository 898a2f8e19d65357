// What the levels of the sampled product share: one piece of the tokens, seen by one thread.
#pragma once

#include <cstdint>

namespace inlay {

// Columns are read in strips of one cache line; entries are worked on in groups of as many.
constexpr int64_t kStrip = 16;

// A matrix and the columns of it that entries use. Those are packed into a tile, one after the other; a strip with many
// of them is read as a whole, and what nobody uses of it lands in one column more, which nobody reads.
struct Operand {
    const void* data;            // float, or the upper halves of floats
    int64_t width;
    int64_t stride;
    const int32_t* strips;       // numbers of the strips that are read as a whole
    const int32_t* stripPlaces;  // per column of such a strip: where it is packed
    int64_t stripCount;
    const int32_t* singles;      // columns that are read alone
    const int32_t* singlePlaces; // where each is packed
    int64_t singleCount;
    int64_t packedColumns;       // the unread one among them
    const int32_t* packed;       // per entry: where its column is packed; padded to whole groups
};

struct Task {
    bool halves;      // whether g and x are bfloat16
    Operand g;
    Operand x;
    int64_t groups;   // of kStrip entries
    int64_t block;    // tokens that a tile holds, a multiple of kStrip
    int64_t leading;  // floats from one packed column to the next
};

// Adds the products of tokens [begin, end) to sums, (groups * kStrip). The tile holds the packed columns of g, then of x.
using Level = void (*)(const Task& task, int64_t begin, int64_t end, float* tile, float* sums);

void portableTiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums);
void avx2Tiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums);
void avx512Tiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums);

}  // namespace inlay
