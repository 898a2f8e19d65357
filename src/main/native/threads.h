// Work that several threads share.
#pragma once

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

}  // namespace inlay
