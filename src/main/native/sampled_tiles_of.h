// The sampled product over one piece of the tokens, written once for vectors V of any width.
//
// Included by one file per level, each compiled for its own instruction set. Nothing here may become a function that the
// linker shares between them (no standard library, everything in the unnamed namespace): it might keep the copy that
// this processor cannot run.
#pragma once

#include "bfloat16.h"
#include "sampled_tiles.h"

namespace inlay {
namespace {

// V: width; Register; zero(); load(p); load(p, n), the first n and zeros; load(h), of bfloat16; store(p, r); add(a, b);
// fma(a, b, c) = a b + c; transpose(r[width]).

inline float widened(float value) { return value; }

template <class V>
inline typename V::Register first(const float* from, int64_t n) {
    return V::load(from, n);
}

template <class V>
inline typename V::Register first(const uint16_t* from, int64_t n) {
    if (n >= V::width) {
        return V::load(from);
    }
    uint16_t padded[V::width] = {};
    for (int64_t k = 0; k < n; k++) {
        padded[k] = from[k];
    }
    return V::load(padded);
}

// Packs the columns in use of tokens [begin, begin + count), with zeros up to whole vectors.
template <class V, class T>
inline void pack(const Operand& m, int64_t begin, int64_t count, int64_t leading, float* tile) {
    for (int64_t t = 0; t < count; t += V::width) {
        const int64_t tokens = count - t < V::width ? count - t : V::width;
        for (int64_t s = 0; s < m.stripCount; s++) {
            for (int64_t half = 0; half < kStrip; half += V::width) {
                const int64_t column = m.strips[s] * kStrip + half;
                const int64_t columns = m.width - column;
                const T* from = static_cast<const T*>(m.data) + (begin + t) * m.stride + column;
                typename V::Register r[V::width];
                if (tokens == V::width && columns >= V::width) {
                    for (int k = 0; k < V::width; k++) {
                        r[k] = V::load(from + k * m.stride);
                    }
                } else {
                    for (int k = 0; k < V::width; k++) {
                        r[k] = k < tokens && columns > 0 ? first<V>(from + k * m.stride, columns) : V::zero();
                    }
                }
                V::transpose(r);
                const int32_t* places = m.stripPlaces + s * kStrip + half;
                for (int k = 0; k < V::width; k++) {
                    V::store(tile + places[k] * leading + t, r[k]);
                }
            }
        }
        for (int64_t s = 0; s < m.singleCount; s++) {
            const T* from = static_cast<const T*>(m.data) + (begin + t) * m.stride + m.singles[s];
            float* to = tile + m.singlePlaces[s] * leading + t;
            for (int64_t k = 0; k < V::width; k++) {
                to[k] = k < tokens ? widened(from[k * m.stride]) : 0.0f;
            }
        }
    }
}

// Four dot products at a time keep enough additions in flight.
template <class V>
inline void dots(const float* const* g, const float* const* x, int64_t length, float* lanes) {
    typename V::Register a = V::zero(), b = V::zero(), c = V::zero(), d = V::zero();
    if (g[0] == g[3] && g[0] == g[1] && g[0] == g[2]) {
        for (int64_t t = 0; t < length; t += V::width) {
            const typename V::Register shared = V::load(g[0] + t);
            a = V::fma(shared, V::load(x[0] + t), a);
            b = V::fma(shared, V::load(x[1] + t), b);
            c = V::fma(shared, V::load(x[2] + t), c);
            d = V::fma(shared, V::load(x[3] + t), d);
        }
    } else {
        for (int64_t t = 0; t < length; t += V::width) {
            a = V::fma(V::load(g[0] + t), V::load(x[0] + t), a);
            b = V::fma(V::load(g[1] + t), V::load(x[1] + t), b);
            c = V::fma(V::load(g[2] + t), V::load(x[2] + t), c);
            d = V::fma(V::load(g[3] + t), V::load(x[3] + t), d);
        }
    }
    V::store(lanes, a);
    V::store(lanes + V::width, b);
    V::store(lanes + 2 * V::width, c);
    V::store(lanes + 3 * V::width, d);
}

// Adds up the lanes of width dot products, each to its own place of sums.
template <class V>
inline void addLanes(const float* lanes, float* sums) {
    typename V::Register r[V::width];
    for (int k = 0; k < V::width; k++) {
        r[k] = V::load(lanes + k * V::width);
    }
    V::transpose(r);
    for (int step = 1; step < V::width; step *= 2) {
        for (int k = 0; k + step < V::width; k += 2 * step) {
            r[k] = V::add(r[k], r[k + step]);
        }
    }
    V::store(sums, V::add(V::load(sums), r[0]));
}

template <class V>
inline void tiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums) {
    float* gTile = tile;
    float* xTile = tile + task.g.packedColumns * task.leading;
    alignas(64) float lanes[kStrip * V::width];
    for (int64_t from = begin; from < end; from += task.block) {
        const int64_t count = end - from < task.block ? end - from : task.block;
        const int64_t length = (count + V::width - 1) / V::width * V::width;
        if (task.halves) {
            pack<V, uint16_t>(task.g, from, count, task.leading, gTile);
            pack<V, uint16_t>(task.x, from, count, task.leading, xTile);
        } else {
            pack<V, float>(task.g, from, count, task.leading, gTile);
            pack<V, float>(task.x, from, count, task.leading, xTile);
        }
        for (int64_t group = 0; group < task.groups; group++) {
            const int32_t* gAt = task.g.packed + group * kStrip;
            const int32_t* xAt = task.x.packed + group * kStrip;
            for (int i = 0; i < kStrip; i += 4) {
                const float* g[4];
                const float* x[4];
                for (int k = 0; k < 4; k++) {
                    g[k] = gTile + gAt[i + k] * task.leading;
                    x[k] = xTile + xAt[i + k] * task.leading;
                }
                dots<V>(g, x, length, lanes + i * V::width);
            }
            for (int i = 0; i < kStrip; i += V::width) {
                addLanes<V>(lanes + i * V::width, sums + group * kStrip + i);
            }
        }
    }
}

}  // namespace
}  // namespace inlay
