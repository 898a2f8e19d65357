// The sum of float32 and bfloat16, to the last bit.
#include <cstdio>
#include <vector>

#include "inlay_kernels.h"
#include "reference.h"

namespace {

constexpr int kUnavailable = 77;

int failures = 0;

void expect(bool holds, const char* what, int64_t count) {
    if (!holds) {
        failures++;
        std::printf("FAILED %s: %lld numbers\n", what, (long long)count);
    }
}

void isThatOfFloats(int64_t count) {
    reference::Random random(count);
    const std::vector<float> x = reference::matrix(random, 1, count, count);
    std::vector<float> y = reference::matrix(random, 1, count, count);
    const std::vector<uint16_t> halves = reference::upperHalves(y);
    std::vector<float> expected;
    for (int64_t i = 0; i < count; i++) {
        expected.push_back(x[i] + y[i]);
    }
    for (int32_t threads : {1, 3}) {
        std::vector<float> sum(count), same = x;
        expect(inlay_add_halves(x.data(), halves.data(), sum.data(), count, threads) == INLAY_OK, "the call", count);
        expect(sum == expected, "the sum", count);
        inlay_add_halves(same.data(), halves.data(), same.data(), count, threads);
        expect(same == expected, "the sum in place", count);
    }
}

}  // namespace

int main() {
    float x[1] = {1};
    const uint16_t y[1] = {0};
    if (inlay_kernels_level() < INLAY_LEVEL_AVX512) {
        expect(inlay_add_halves(x, y, x, 1, 1) == INLAY_BAD_ARGUMENT, "a level that is not there", 1);
        return failures == 0 ? kUnavailable : 1;
    }
    for (int64_t count : {0, 1, 15, 16, 17, 1000, 300000}) {
        isThatOfFloats(count);
    }
    expect(inlay_add_halves(x, y, x, -1, 1) == INLAY_BAD_ARGUMENT, "a negative size", -1);
    expect(inlay_add_halves(x, nullptr, x, 1, 1) == INLAY_BAD_ARGUMENT, "a null pointer", 1);
    expect(inlay_add_halves(x, y, x, 1, 0) == INLAY_BAD_ARGUMENT, "no thread", 1);
    std::printf(failures == 0 ? "ok\n" : "%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
