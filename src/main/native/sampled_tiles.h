// What the levels of the sampled product share: one piece of the tokens, seen by one thread.
#pragma once

#include <cstdint>

namespace inlay {

// Columns are packed in strips of one cache line; entries are worked on in groups of as many.
constexpr int64_t kStrip = 16;

// A matrix of which some strips of columns are packed into a tile.
struct Operand {
    const float* data;
    int64_t width;
    int64_t stride;
    const int32_t* strips;  // ascending numbers of the strips in use
    int64_t stripCount;
    const int32_t* packed;  // per entry: its column's place among the packed ones; padded to whole groups
};

struct Task {
    Operand g;
    Operand x;
    int64_t groups;  // of kStrip entries
    int64_t block;   // tokens that a tile holds, a multiple of kStrip
    int64_t leading; // floats from one packed column to the next
};

// Adds the products of tokens [begin, end) to sums, (groups * kStrip). The tile holds the packed strips of g, then of x.
using Level = void (*)(const Task& task, int64_t begin, int64_t end, float* tile, float* sums);

void portableTiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums);
void avx2Tiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums);
void avx512Tiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums);

}  // namespace inlay
