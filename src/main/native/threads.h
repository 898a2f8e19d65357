// Work that several threads share, which end with the call.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <system_error>
#include <thread>
#include <vector>

namespace inlay {

// Calls work(thread, item) once for every item below count, with thread in [0, threads): this one, and others as far as the
// system gives any.
template <class Work>
void shareOut(int64_t count, int64_t threads, const Work& work) {
    std::atomic<int64_t> next{0};
    const auto share = [&](int64_t thread) {
        for (int64_t item = next++; item < count; item = next++) {
            work(thread, item);
        }
    };
    std::vector<std::thread> others;
    others.reserve(threads - 1);
    try {
        for (int64_t thread = 1; thread < threads; thread++) {
            others.emplace_back(share, thread);
        }
    } catch (const std::system_error&) {
        // those that are there do the share of the one that is not
    }
    share(0);
    for (std::thread& other : others) {
        other.join();
    }
}

// Calls work(begin, end) for pieces of [0, count), of which each thread takes the next. A piece has so many elements, or
// a unit if that is more; a thread more pays from kThreadWork elements on.
template <class Work>
void inPieces(int64_t count, int64_t unit, int64_t threads, const Work& work) {
    constexpr int64_t kPiece = 1 << 16;
    constexpr int64_t kThreadWork = 1 << 18; // starting a thread takes as long as 50,000 elements or so
    const int64_t piece = std::max<int64_t>(1, kPiece / unit);
    const int64_t pieces = (count + piece - 1) / piece;
    shareOut(pieces, std::min(threads, 1 + count * unit / kThreadWork), [&](int64_t, int64_t i) {
        work(i * piece, std::min(count, (i + 1) * piece));
    });
}

}  // namespace inlay
