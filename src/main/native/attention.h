// What the element types of attention share: one head of one image, seen by one thread.
#pragma once

#include <cstdint>

namespace inlay {

struct AttentionShape {
    int64_t queries;
    int64_t keys;
    int64_t headDim;
};

// Tokens of one head: a row each, (tokens, headDim), whose elements are next to each other.
template <class Element>
struct Rows {
    Element* data;
    int64_t stride;
};

struct AttentionForward {
    Rows<const void> q, k, v;
    Rows<void> out;
    float* lse;  // (queries), or null
};

struct AttentionBackward {
    Rows<const void> q, k, v, out, outGradient;
    const float* lse;
    Rows<void> qGradient, kGradient, vGradient;  // of null data where nobody asks
};

// Attention of elements of one type: how many bytes of scratch a thread needs, and the passes.
struct Attention {
    int64_t elementBytes;
    int64_t (*forwardScratch)(const AttentionShape&);
    void (*forward)(const AttentionShape&, const AttentionForward&, float* scratch);
    int64_t (*backwardScratch)(const AttentionShape&);
    void (*backward)(const AttentionShape&, const AttentionBackward&, float* scratch);
};

extern const Attention kFloat32Attention;
extern const Attention kBf16Attention;

}  // namespace inlay
