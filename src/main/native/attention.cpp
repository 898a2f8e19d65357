// Attention: arguments, the types there are, and threads, which take one head of one image after the other.
#include "attention.h"

#include <algorithm>
#include <new>

#include "buffer.h"
#include "inlay_kernels.h"
#include "threads.h"

namespace inlay {
namespace {

constexpr int64_t kLane = 16;
constexpr int64_t kMostHeadDim = 128;

// Fewer multiplications than this are not worth a further thread.
constexpr int64_t kThreadWork = 1 << 22;

int32_t types() {
    int32_t types = 0;
#if defined(INLAY_X86_LEVELS)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
        types |= INLAY_FLOAT32;
#if defined(INLAY_X86_BF16)
        if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bf16")) {
            types |= INLAY_BF16;
        }
#endif
    }
#endif
    return types;
}

// Null for a type that this library or this processor does not have.
const Attention* attentionOf(int32_t type) {
#if defined(INLAY_X86_LEVELS)
    if (type == INLAY_FLOAT32 && (types() & INLAY_FLOAT32) != 0) {
        return &kFloat32Attention;
    }
#if defined(INLAY_X86_BF16)
    if (type == INLAY_BF16 && (types() & INLAY_BF16) != 0) {
        return &kBf16Attention;
    }
#endif
#endif
    return nullptr;
}

struct Batch {
    int64_t images;
    int64_t heads;
    AttentionShape shape;

    bool isValid() const {
        return images >= 0 && heads >= 0 && shape.queries >= 0 && shape.keys >= 1 && shape.headDim >= kLane
            && shape.headDim <= kMostHeadDim && shape.headDim % kLane == 0;
    }

    bool isEmpty() const { return images == 0 || heads == 0 || shape.queries == 0; }

    // Calls work(image, head, scratch) for every head of every image.
    template <class Work>
    void run(int64_t threads, int64_t scratch, Work work) const {
        const int64_t pairs = images * heads;
        const int64_t multiplications = pairs * shape.queries * shape.keys * shape.headDim;
        const int64_t useful = std::min({threads, pairs, 1 + multiplications / kThreadWork});
        const Buffer memory(scratch * useful);
        shareOut(pairs, useful, [&](int64_t thread, int64_t pair) {
            work(pair / heads, pair % heads, memory.at(thread * scratch));
        });
    }
};

bool areThere(const inlay_tokens* tensors, int64_t count) {
    return std::all_of(tensors, tensors + count, [](const inlay_tokens& t) { return t.data != nullptr; });
}

// The rows of one head of one image.
class Head {
public:
    Head(const Attention& attention, int64_t headDim, int64_t image, int64_t head)
        : bytes_(attention.elementBytes), column_(head * headDim), image_(image) {}

    Rows<void> of(const inlay_tokens& tokens) const {
        if (tokens.data == nullptr) {
            return {nullptr, 0};
        }
        return {static_cast<char*>(tokens.data) + (image_ * tokens.imageStride + column_) * bytes_, tokens.tokenStride};
    }

    Rows<const void> read(const inlay_tokens& tokens) const {
        const Rows<void> rows = of(tokens);
        return {rows.data, rows.stride};
    }

private:
    int64_t bytes_;
    int64_t column_;
    int64_t image_;
};

}  // namespace
}  // namespace inlay

int32_t inlay_attention_types(void) { return inlay::types(); }

int32_t inlay_attention(
    const inlay_tokens* tensors, float* lse,
    int64_t images, int64_t queries, int64_t keys, int64_t heads, int64_t headDim,
    int32_t type, int32_t threads) {
    using namespace inlay;
    const Attention* attention = attentionOf(type);
    const Batch batch = {images, heads, {queries, keys, headDim}};
    if (attention == nullptr || threads < 1 || !batch.isValid() || tensors == nullptr) {
        return INLAY_BAD_ARGUMENT;
    }
    if (batch.isEmpty()) {
        return INLAY_OK;
    }
    if (!areThere(tensors, 4)) {
        return INLAY_BAD_ARGUMENT;
    }
    try {
        batch.run(threads, attention->forwardScratch(batch.shape), [&](int64_t image, int64_t head, float* scratch) {
            const Head rows(*attention, headDim, image, head);
            float* own = lse == nullptr ? nullptr : lse + (image * heads + head) * queries;
            attention->forward(
                batch.shape, {rows.read(tensors[0]), rows.read(tensors[1]), rows.read(tensors[2]), rows.of(tensors[3]), own},
                scratch);
        });
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}

int32_t inlay_attention_backward(
    const inlay_tokens* tensors, const float* lse,
    int64_t images, int64_t queries, int64_t keys, int64_t heads, int64_t headDim,
    int32_t type, int32_t threads) {
    using namespace inlay;
    const Attention* attention = attentionOf(type);
    const Batch batch = {images, heads, {queries, keys, headDim}};
    if (attention == nullptr || threads < 1 || !batch.isValid() || tensors == nullptr) {
        return INLAY_BAD_ARGUMENT;
    }
    if (batch.isEmpty()) {
        return INLAY_OK;
    }
    if (lse == nullptr || !areThere(tensors, 5)) {
        return INLAY_BAD_ARGUMENT;
    }
    try {
        batch.run(threads, attention->backwardScratch(batch.shape), [&](int64_t image, int64_t head, float* scratch) {
            const Head rows(*attention, headDim, image, head);
            attention->backward(
                batch.shape,
                {rows.read(tensors[0]), rows.read(tensors[1]), rows.read(tensors[2]), rows.read(tensors[3]), rows.read(tensors[4]),
                 lse + (image * heads + head) * queries, rows.of(tensors[5]), rows.of(tensors[6]), rows.of(tensors[7])},
                scratch);
        });
        return INLAY_OK;
    } catch (const std::bad_alloc&) {
        return INLAY_OUT_OF_MEMORY;
    }
}
