// Attention over one head, written once for elements of any type.
//
// Keys and values are packed once; queries follow in blocks, whose scores with all keys stay in the second-level cache. Every
// product is one of words: a word is a float32, or two bf16 that are next to each other along the dimension that is summed over.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "attention.h"
#include "transpose_avx512.h"

namespace inlay {
namespace {

constexpr int64_t kLane = 16;

constexpr float kLog2E = 1.44269504088896341f;

// A tile of the result has at most so many rows and vectors: 24 sums, which leave registers for what they are made of.
constexpr int kTileRows = 6;
constexpr int kTileVectors = 4;

// Scores of a block of queries with all keys: up to 256 KiB.
constexpr int64_t kBlockScores = 64 * 1024;
constexpr int64_t kLeastBlock = 12;
constexpr int64_t kMostBlock = 48;

inline int64_t roundUp(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

inline float scaleOf(int64_t headDim) { return 1.0f / std::sqrt(static_cast<float>(headDim)); }

// 2^x, within 3 units of the last place.
inline __m512 exp2(__m512 x) {
    const __m512 f = _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    __m512 p = _mm512_set1_ps(1.867130070e-3f);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(9.017030322e-3f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.579991310e-2f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.401644502e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.931513118e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0f));
    return _mm512_scalef_ps(p, x);
}

// 2^(score * scale - shift). The product is rounded by itself: then no score, however large, lies above the largest one.
inline __m512 powers(const float* scores, __m512 scale, __m512 shift) {
    return exp2(_mm512_sub_ps(_mm512_mul_ps(_mm512_loadu_ps(scores), scale), shift));
}

// The left matrix of a product: word (r, k) at data + r * rowStride + k * wordStride.
template <class Word>
struct Left {
    const Word* data;
    int64_t rowStride;
    int64_t wordStride;
};

// The right matrix: row k of words at data + k * stride.
template <class Word>
struct Right {
    const Word* data;
    int64_t stride;
};

template <class A, int rows, int vectors>
void tile(Left<typename A::Word> a, Right<typename A::Word> b, int64_t words, Rows<float> c, bool add) {
    __m512 sums[rows][vectors];
    for (int r = 0; r < rows; r++) {
        for (int n = 0; n < vectors; n++) {
            sums[r][n] = add ? _mm512_loadu_ps(c.data + r * c.stride + n * kLane) : _mm512_setzero_ps();
        }
    }
    for (int64_t k = 0; k < words; k++) {
        typename A::Vector right[vectors];
        for (int n = 0; n < vectors; n++) {
            right[n] = A::load(b.data + k * b.stride + n * kLane);
        }
        for (int r = 0; r < rows; r++) {
            const typename A::Vector left = A::broadcast(a.data + r * a.rowStride + k * a.wordStride);
            for (int n = 0; n < vectors; n++) {
                sums[r][n] = A::multiplyAdd(sums[r][n], left, right[n]);
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int n = 0; n < vectors; n++) {
            _mm512_storeu_ps(c.data + r * c.stride + n * kLane, sums[r][n]);
        }
    }
}

// Down a strip of the result that is so many vectors wide.
template <class A, int vectors>
void strip(Left<typename A::Word> a, Right<typename A::Word> b, int64_t rows, int64_t words, Rows<float> c, bool add) {
    using Tile = void (*)(Left<typename A::Word>, Right<typename A::Word>, int64_t, Rows<float>, bool);
    static constexpr Tile tiles[] = {
        nullptr, tile<A, 1, vectors>, tile<A, 2, vectors>, tile<A, 3, vectors>, tile<A, 4, vectors>, tile<A, 5, vectors>};
    for (; rows >= kTileRows; rows -= kTileRows) {
        tile<A, kTileRows, vectors>(a, b, words, c, add);
        a.data += kTileRows * a.rowStride;
        c.data += kTileRows * c.stride;
    }
    if (rows > 0) {
        tiles[rows](a, b, words, c, add);
    }
}

// c = a b, or c += a b: (rows, words) by (words, columns), columns being whole vectors.
template <class A>
void multiply(
    Left<typename A::Word> a, Right<typename A::Word> b, int64_t rows, int64_t words, int64_t columns, Rows<float> c, bool add) {
    using Strip = void (*)(Left<typename A::Word>, Right<typename A::Word>, int64_t, int64_t, Rows<float>, bool);
    static constexpr Strip strips[] = {nullptr, strip<A, 1>, strip<A, 2>, strip<A, 3>, strip<A, 4>};
    for (int64_t left = columns / kLane; left > 0;) {
        const int64_t count = (left + kTileVectors - 1) / kTileVectors;
        const int64_t vectors = (left + count - 1) / count;
        strips[vectors](a, b, rows, words, c, add);
        b.data += vectors * kLane;
        c.data += vectors * kLane;
        left -= vectors;
    }
}

template <class Element>
Rows<Element> at(Rows<void> rows, int64_t first) {
    return {static_cast<Element*>(rows.data) + first * rows.stride, rows.stride};
}

template <class Element>
Rows<const Element> at(Rows<const void> rows, int64_t first) {
    return {static_cast<const Element*>(rows.data) + first * rows.stride, rows.stride};
}

// Words side by side along the dimension of a head become words side by side along the tokens; zeros follow the last token.
template <class A>
void turn(Rows<const typename A::Element> from, int64_t tokens, int64_t headDim, typename A::Word* to, int64_t stride) {
    const int64_t words = headDim / A::kPack;
    for (int64_t t = 0; t < stride; t += kLane) {
        for (int64_t w = 0; w < words; w += kLane) {
            const __mmask16 some = static_cast<__mmask16>((1u << std::min(kLane, words - w)) - 1);
            __m512 rows[kLane];
            for (int64_t r = 0; r < kLane; r++) {
                rows[r] = t + r < tokens ? _mm512_maskz_loadu_ps(some, from.data + (t + r) * from.stride + w * A::kPack)
                                         : _mm512_setzero_ps();
            }
            transpose(rows);
            for (int64_t c = 0; c < std::min(kLane, words - w); c++) {
                _mm512_storeu_ps(to + (w + c) * stride + t, rows[c]);
            }
        }
    }
}

// Rows of a result, times a factor.
template <class A>
void write(const float* from, float scale, int64_t rows, int64_t headDim, Rows<typename A::Element> to) {
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < headDim; c += kLane) {
            A::store(to.data + r * to.stride + c, _mm512_mul_ps(_mm512_set1_ps(scale), _mm512_loadu_ps(from + r * headDim + c)));
        }
    }
}

// Hands out memory on the borders of cache lines; of a null pointer, it only counts.
class Scratch {
public:
    explicit Scratch(float* data) : data_(data) {}

    template <class Word>
    Word* take(int64_t words) {
        static_assert(sizeof(Word) == sizeof(float));
        Word* taken = data_ == nullptr ? nullptr : reinterpret_cast<Word*>(data_ + used_);
        used_ += roundUp(words, kLane);
        return taken;
    }

    int64_t used() const { return used_; }

private:
    float* data_;
    int64_t used_ = 0;
};

struct Sizes {
    int64_t scores;  // of a query, with those that pad the last vector and some that keep rows out of the same sets of the cache
    int64_t block;   // queries that are worked on together

    explicit Sizes(const AttentionShape& shape) {
        const int64_t vectors = roundUp(shape.keys, kLane);
        scores = vectors % 256 == 0 ? vectors + kLane : vectors;
        block = std::min(roundUp(shape.queries, 2), std::clamp(kBlockScores / scores / kTileRows * kTileRows, kLeastBlock, kMostBlock));
    }
};

// Which of the lanes of vector j belong to keys.
inline __mmask16 lanes(int64_t keys, int64_t j) {
    return keys - j >= kLane ? __mmask16{0xffff} : static_cast<__mmask16>((1u << (keys - j)) - 1);
}

template <class A>
struct ForwardScratch {
    typename A::Word* keys;
    typename A::Word* values;
    typename A::Word* queries;
    float* scores;
    typename A::Word* probabilities;
    float* sums;
    float* out;
    int64_t used;

    ForwardScratch(const AttentionShape& s, const Sizes& sizes, float* memory) {
        Scratch scratch(memory);
        keys = scratch.take<typename A::Word>(s.headDim / A::kPack * sizes.scores);
        values = scratch.take<typename A::Word>(roundUp(s.keys, A::kPack) / A::kPack * s.headDim);
        queries = scratch.take<typename A::Word>(sizes.block * s.headDim / A::kPack);
        scores = scratch.take<float>(sizes.block * sizes.scores);
        probabilities = A::kPack == 1 ? reinterpret_cast<typename A::Word*>(scores)
                                      : scratch.take<typename A::Word>(sizes.block * sizes.scores / A::kPack);
        sums = scratch.take<float>(sizes.block);
        out = scratch.take<float>(sizes.block * s.headDim);
        used = scratch.used();
    }
};

// Scores become what is proportional to their probabilities; the base-two logarithm that leads back, and the sum.
template <class A>
float soften(const float* scores, int64_t keys, float scale, typename A::Word* to, float& sum) {
    __m512 most = _mm512_set1_ps(-INFINITY);
    for (int64_t j = 0; j < keys; j += kLane) {
        most = _mm512_mask_max_ps(most, lanes(keys, j), most, _mm512_loadu_ps(scores + j));
    }
    const float shift = _mm512_reduce_max_ps(most) * scale;
    const __m512 scales = _mm512_set1_ps(scale);
    const __m512 shifts = _mm512_set1_ps(shift);
    __m512 total = _mm512_setzero_ps();
    for (int64_t j = 0; j < keys; j += kLane) {
        const __m512 p = _mm512_maskz_mov_ps(lanes(keys, j), powers(scores + j, scales, shifts));
        total = _mm512_add_ps(total, p);
        A::storeRow(to + j / A::kPack, p);
    }
    sum = _mm512_reduce_add_ps(total);
    return shift;
}

template <class A>
void forward(const AttentionShape& s, const AttentionForward& head, float* memory) {
    using Word = typename A::Word;
    using Element = typename A::Element;
    const Sizes sizes(s);
    const ForwardScratch<A> scratch(s, sizes, memory);
    const float scale = scaleOf(s.headDim) * kLog2E;
    const int64_t words = s.headDim / A::kPack;
    turn<A>(at<Element>(head.k, 0), s.keys, s.headDim, scratch.keys, sizes.scores);
    A::stack(at<Element>(head.v, 0), s.keys, s.headDim, scratch.values);
    for (int64_t first = 0; first < s.queries; first += sizes.block) {
        const int64_t rows = std::min(sizes.block, s.queries - first);
        A::copy(at<Element>(head.q, first), rows, s.headDim, scratch.queries);
        multiply<A>(
            {scratch.queries, words, 1}, {scratch.keys, sizes.scores}, rows, words, roundUp(s.keys, kLane),
            {scratch.scores, sizes.scores}, false);
        for (int64_t r = 0; r < rows; r++) {
            Word* probabilities = scratch.probabilities + r * sizes.scores / A::kPack;
            const float shift = soften<A>(scratch.scores + r * sizes.scores, s.keys, scale, probabilities, scratch.sums[r]);
            if (head.lse != nullptr) {
                head.lse[first + r] = shift + std::log2(scratch.sums[r]);
            }
        }
        multiply<A>(
            {scratch.probabilities, sizes.scores / A::kPack, 1}, {scratch.values, s.headDim}, rows,
            roundUp(s.keys, A::kPack) / A::kPack, s.headDim, {scratch.out, s.headDim}, false);
        for (int64_t r = 0; r < rows; r++) {
            write<A>(scratch.out + r * s.headDim, 1.0f / scratch.sums[r], 1, s.headDim, at<Element>(head.out, first + r));
        }
    }
}

template <class A>
struct BackwardScratch {
    typename A::Word* keysTurned;
    typename A::Word* valuesTurned;
    typename A::Word* keys;
    float* keyGradient;
    float* valueGradient;
    typename A::Word* queries;
    typename A::Word* outGradient;
    typename A::Word* queriesStacked;
    typename A::Word* outGradientStacked;
    float* scores;
    float* products;
    typename A::Word* probabilitiesStacked;
    typename A::Word* scoreGradientStacked;
    typename A::Word* scoreGradient;
    float* queryGradient;
    int64_t used;

    BackwardScratch(const AttentionShape& s, const Sizes& sizes, float* memory) {
        using Word = typename A::Word;
        Scratch scratch(memory);
        const int64_t words = s.headDim / A::kPack;
        keysTurned = scratch.take<Word>(words * sizes.scores);
        valuesTurned = scratch.take<Word>(words * sizes.scores);
        keys = scratch.take<Word>(roundUp(s.keys, A::kPack) / A::kPack * s.headDim);
        keyGradient = scratch.take<float>(s.keys * s.headDim);
        valueGradient = scratch.take<float>(s.keys * s.headDim);
        queries = scratch.take<Word>(sizes.block * words);
        outGradient = scratch.take<Word>(sizes.block * words);
        scores = scratch.take<float>(sizes.block * sizes.scores);
        products = scratch.take<float>(sizes.block * sizes.scores);
        queryGradient = scratch.take<float>(sizes.block * s.headDim);
        if constexpr (A::kPack == 1) {
            queriesStacked = queries;
            outGradientStacked = outGradient;
            probabilitiesStacked = scores;
            scoreGradientStacked = products;
            scoreGradient = products;
        } else {
            queriesStacked = scratch.take<Word>(sizes.block * words);
            outGradientStacked = scratch.take<Word>(sizes.block * words);
            probabilitiesStacked = scratch.take<Word>(sizes.block * sizes.scores / A::kPack);
            scoreGradientStacked = scratch.take<Word>(sizes.block * sizes.scores / A::kPack);
            scoreGradient = scratch.take<Word>(sizes.block * sizes.scores / A::kPack);
        }
        used = scratch.used();
    }
};

template <class A>
float dot(const typename A::Element* a, const typename A::Element* b, int64_t count) {
    __m512 sum = _mm512_setzero_ps();
    for (int64_t c = 0; c < count; c += kLane) {
        sum = _mm512_fmadd_ps(A::floats(a + c), A::floats(b + c), sum);
    }
    return _mm512_reduce_add_ps(sum);
}

// The scores of a block of queries become probabilities, and their products with the gradient of the result the gradients of scores.
template <class A>
void differentiate(
    const AttentionShape& s, const Sizes& sizes, const BackwardScratch<A>& scratch, const AttentionBackward& head, int64_t first,
    int64_t rows) {
    using Element = typename A::Element;
    const Rows<const Element> out = at<Element>(head.out, first);
    const Rows<const Element> outGradient = at<Element>(head.outGradient, first);
    const __m512 scales = _mm512_set1_ps(scaleOf(s.headDim) * kLog2E);
    for (int64_t r = 0; r < rows; r += A::kPack) {
        __m512 lse[A::kPack];
        __m512 delta[A::kPack];
        for (int i = 0; i < A::kPack; i++) {
            const bool there = r + i < rows;
            lse[i] = _mm512_set1_ps(there ? head.lse[first + r + i] : INFINITY);
            delta[i] = _mm512_set1_ps(there ? dot<A>(out.data + (r + i) * out.stride,
                                                     outGradient.data + (r + i) * outGradient.stride, s.headDim)
                                            : 0.0f);
        }
        for (int64_t j = 0; j < s.keys; j += kLane) {
            __m512 p[A::kPack];
            __m512 d[A::kPack];
            for (int i = 0; i < A::kPack; i++) {
                const int64_t at = (r + i) * sizes.scores + j;
                const __mmask16 some = r + i < rows ? lanes(s.keys, j) : __mmask16{0};
                p[i] = _mm512_maskz_mov_ps(some, powers(scratch.scores + at, scales, lse[i]));
                d[i] = _mm512_maskz_mul_ps(some, p[i], _mm512_sub_ps(_mm512_loadu_ps(scratch.products + at), delta[i]));
                if constexpr (A::kPack > 1) {
                    A::storeRow(scratch.scoreGradient + at / A::kPack, d[i]);
                }
            }
            A::storeStacked(scratch.probabilitiesStacked + r / A::kPack * sizes.scores + j, p);
            A::storeStacked(scratch.scoreGradientStacked + r / A::kPack * sizes.scores + j, d);
        }
    }
}

template <class A>
void backward(const AttentionShape& s, const AttentionBackward& head, float* memory) {
    using Element = typename A::Element;
    const Sizes sizes(s);
    const BackwardScratch<A> scratch(s, sizes, memory);
    const float scale = scaleOf(s.headDim);
    const int64_t words = s.headDim / A::kPack;
    const int64_t columns = roundUp(s.keys, kLane);
    const int64_t keyWords = roundUp(s.keys, A::kPack) / A::kPack;
    const bool ofQueries = head.qGradient.data != nullptr;
    const bool ofKeys = head.kGradient.data != nullptr;
    const bool ofValues = head.vGradient.data != nullptr;
    turn<A>(at<Element>(head.k, 0), s.keys, s.headDim, scratch.keysTurned, sizes.scores);
    if (ofQueries || ofKeys) {
        turn<A>(at<Element>(head.v, 0), s.keys, s.headDim, scratch.valuesTurned, sizes.scores);
    }
    if (ofQueries) {
        A::stack(at<Element>(head.k, 0), s.keys, s.headDim, scratch.keys);
    }
    for (int64_t first = 0; first < s.queries; first += sizes.block) {
        const int64_t rows = std::min(sizes.block, s.queries - first);
        const int64_t rowWords = roundUp(rows, A::kPack) / A::kPack;
        const Rows<const Element> q = at<Element>(head.q, first);
        const Rows<const Element> outGradient = at<Element>(head.outGradient, first);
        A::copy(q, rows, s.headDim, scratch.queries);
        A::copy(outGradient, rows, s.headDim, scratch.outGradient);
        if constexpr (A::kPack > 1) {
            A::stack(q, rows, s.headDim, scratch.queriesStacked);
            A::stack(outGradient, rows, s.headDim, scratch.outGradientStacked);
        }
        multiply<A>({scratch.queries, words, 1}, {scratch.keysTurned, sizes.scores}, rows, words, columns,
                    {scratch.scores, sizes.scores}, false);
        if (ofQueries || ofKeys) {
            multiply<A>({scratch.outGradient, words, 1}, {scratch.valuesTurned, sizes.scores}, rows, words, columns,
                        {scratch.products, sizes.scores}, false);
        }
        differentiate<A>(s, sizes, scratch, head, first, rows);
        const bool add = first > 0;
        if (ofValues) {
            multiply<A>({scratch.probabilitiesStacked, 1, sizes.scores}, {scratch.outGradientStacked, s.headDim}, s.keys, rowWords,
                        s.headDim, {scratch.valueGradient, s.headDim}, add);
        }
        if (ofKeys) {
            multiply<A>({scratch.scoreGradientStacked, 1, sizes.scores}, {scratch.queriesStacked, s.headDim}, s.keys, rowWords,
                        s.headDim, {scratch.keyGradient, s.headDim}, add);
        }
        if (ofQueries) {
            multiply<A>({scratch.scoreGradient, sizes.scores / A::kPack, 1}, {scratch.keys, s.headDim}, rows, keyWords, s.headDim,
                        {scratch.queryGradient, s.headDim}, false);
            write<A>(scratch.queryGradient, scale, rows, s.headDim, at<Element>(head.qGradient, first));
        }
    }
    if (ofKeys) {
        write<A>(scratch.keyGradient, scale, s.keys, s.headDim, at<Element>(head.kGradient, 0));
    }
    if (ofValues) {
        write<A>(scratch.valueGradient, 1.0f, s.keys, s.headDim, at<Element>(head.vGradient, 0));
    }
}

template <class A>
int64_t forwardScratch(const AttentionShape& shape) {
    return ForwardScratch<A>(shape, Sizes(shape), nullptr).used;
}

template <class A>
int64_t backwardScratch(const AttentionShape& shape) {
    return BackwardScratch<A>(shape, Sizes(shape), nullptr).used;
}

template <class A>
constexpr Attention attentionOf() {
    return {sizeof(typename A::Element), forwardScratch<A>, forward<A>, backwardScratch<A>, backward<A>};
}

}  // namespace
}  // namespace inlay
