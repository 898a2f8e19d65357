// Work that several threads share, which end with the call.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <system_error>
#include <thread>
#include <vector>

#if defined(_OPENMP)
#include <omp.h>
#endif

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

// Calls work(thread, begin, end) for pieces of [0, count), of which each thread, in [0, threads), takes the next. An item stands for so many elements.
// The threads are those of OpenMP where the library is built with it: inside Java that is the runtime that LibTorch has
// loaded, whose threads are there already. They are always as many, for another number makes it end some and start others.
template <class Work>
void inPieces(int64_t count, int64_t elements, int64_t threads, const Work& work) {
    constexpr int64_t kPiece = 1 << 16;
    constexpr int64_t kWorthThreads = 1 << 17; // fewer elements are done before another thread is awake
    const int64_t piece = std::max<int64_t>(1, kPiece / elements);
    const int64_t pieces = (count + piece - 1) / piece;
    if (threads == 1 || count * elements < kWorthThreads) {
        work(int64_t{0}, int64_t{0}, count);
        return;
    }
    const auto item = [&](int64_t thread, int64_t i) { work(thread, i * piece, std::min(count, (i + 1) * piece)); };
#if defined(_OPENMP)
    std::atomic<int64_t> next{0};
#pragma omp parallel num_threads(threads)
    for (int64_t i = next++; i < pieces; i = next++) {
        item(omp_get_thread_num(), i);
    }
#else
    shareOut(pieces, threads, item);
#endif
}

}  // namespace inlay
