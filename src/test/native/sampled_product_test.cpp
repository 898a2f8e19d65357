// The sampled product at every level against sums in double precision.
#include <cstdio>
#include <cstring>
#include <limits>

#include "inlay_kernels.h"
#include "reference.h"

namespace {

using reference::Case;

int failures = 0;

void expect(bool holds, const char* what, const Case& c, int32_t level) {
    if (!holds) {
        failures++;
        std::printf(
            "FAILED %s: level %d, %lld tokens, g %lld of %lld, x %lld of %lld, %lld entries\n", what, level,
            (long long)c.tokens, (long long)c.gWidth, (long long)c.gStride, (long long)c.xWidth, (long long)c.xStride,
            (long long)c.count());
    }
}

int32_t run(const Case& c, std::vector<float>& out, int32_t accumulate, int32_t threads, int32_t level) {
    return inlay_sampled_product(
        c.g.data(), c.gWidth, c.gStride, c.x.data(), c.xWidth, c.xStride, INLAY_FLOAT32, c.tokens, c.rows.data(),
        c.columns.data(), c.count(), out.data(), accumulate, threads, level);
}

bool equalBits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void agreesWithTheReference(const Case& c, int32_t level) {
    std::vector<float> out(c.count(), std::numeric_limits<float>::quiet_NaN());
    expect(run(c, out, 0, 1, level) == INLAY_OK, "the call", c, level);
    bool close = true;
    for (int64_t i = 0; i < c.count(); i++) {
        const reference::Sum sum = reference::sum(c, i);
        close = close && std::fabs(out[i] - sum.value) <= reference::kTolerance * sum.magnitude;
    }
    expect(close, "the sums", c, level);

    std::vector<float> twice = out;
    expect(run(c, twice, 1, 1, level) == INLAY_OK, "the adding call", c, level);
    bool added = true;
    for (int64_t i = 0; i < c.count(); i++) {
        added = added && std::fabs(twice[i] - 2.0 * out[i]) <= 1e-6 * (1 + std::fabs(2.0 * out[i]));
    }
    expect(added, "adding", c, level);

    for (int32_t threads : {2, 3, 16}) {
        std::vector<float> other(c.count());
        run(c, other, 0, threads, level);
        expect(equalBits(out, other), "equal bits with more threads", c, level);
    }

    // of bfloat16 numbers it gives, to the bit, what it gives of the same numbers as floats
    Case cut = c;
    const std::vector<uint16_t> g = reference::upperHalves(cut.g);
    const std::vector<uint16_t> x = reference::upperHalves(cut.x);
    run(cut, out, 0, 2, level);
    std::vector<float> ofHalves(c.count(), std::numeric_limits<float>::quiet_NaN());
    const int32_t code = inlay_sampled_product(
        g.data(), c.gWidth, c.gStride, x.data(), c.xWidth, c.xStride, INLAY_BF16, c.tokens, c.rows.data(),
        c.columns.data(), c.count(), ofHalves.data(), 0, 2, level);
    expect(code == INLAY_OK && equalBits(out, ofHalves), "bfloat16", c, level);
}

void sizes(int32_t level) {
    // every remainder of tokens by a vector and by a tile; one piece and many
    for (int64_t tokens : {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 197, 255, 257, 513, 1576, 2049}) {
        agreesWithTheReference(reference::make(tokens, 19, 19, 37, 37, 23), level);
    }
    // every remainder of columns by a strip
    for (int64_t width = 1; width <= 34; width++) {
        agreesWithTheReference(reference::make(21, width, width, 35 - width, 35 - width, 40), level);
    }
    // every remainder of entries by a group
    for (int64_t count = 0; count <= 33; count++) {
        agreesWithTheReference(reference::make(18, 5, 5, 11, 11, count), level);
    }
    // strips of which one, a few, most columns are used, and strips between them of which none is
    for (int64_t count : {3, 12, 40, 100, 200, 800}) {
        agreesWithTheReference(reference::make(50, 300, 300, 200, 200, count), level);
    }
    // rows that are further apart than they are wide
    agreesWithTheReference(reference::make(197, 48, 144, 50, 53, 300), level);
    agreesWithTheReference(reference::make(130, 1, 7, 1, 9, 1), level);
    // tiles of the least size, for columns of three cache sizes
    agreesWithTheReference(reference::make(150, 3072, 3072, 768, 768, 5000), level);
}

void shapes(int32_t level) {
    Case descending = reference::make(100, 40, 40, 40, 40, 64);
    for (int64_t i = 0; i < descending.count(); i++) {
        descending.rows[i] = static_cast<int32_t>(39 - i * 40 / 64);
    }
    agreesWithTheReference(descending, level);

    Case repeated = reference::make(100, 40, 40, 40, 40, 50);
    std::fill(repeated.rows.begin(), repeated.rows.end(), 39);
    std::fill(repeated.columns.begin() + 10, repeated.columns.end(), 0);
    agreesWithTheReference(repeated, level);

    Case dense = reference::make(65, 20, 20, 18, 18, 360);
    for (int64_t i = 0; i < 360; i++) {
        dense.rows[i] = static_cast<int32_t>(i / 18);
        dense.columns[i] = static_cast<int32_t>(i % 18);
    }
    agreesWithTheReference(dense, level);
}

// A number that is not one, in a column that no entry asks for, goes nowhere.
void othersStayOut(int32_t level) {
    Case c = reference::make(33, 17, 17, 17, 17, 4);
    c.rows = {0, 2, 4, 16};
    c.columns = {1, 3, 5, 15};
    for (int64_t t = 0; t < c.tokens; t++) {
        c.g[t * 17 + 1] = std::numeric_limits<float>::quiet_NaN();
        c.x[t * 17 + 16] = std::numeric_limits<float>::infinity();
    }
    agreesWithTheReference(c, level);
}

void refusals() {
    Case c = reference::make(4, 3, 3, 3, 3, 2);
    std::vector<float> out = {5, 6};
    const std::vector<float> before = out;
    const int32_t best = inlay_kernels_level();
    expect(run(c, out, 0, 0, best) == INLAY_BAD_ARGUMENT, "no threads", c, best);
    expect(run(c, out, 0, 1, 4) == INLAY_BAD_ARGUMENT, "an unknown level", c, 4);
    expect(run(c, out, 0, 1, -1) == INLAY_BAD_ARGUMENT, "a negative level", c, -1);
    c.gStride = 2;
    expect(run(c, out, 0, 1, best) == INLAY_BAD_ARGUMENT, "a stride below the width", c, best);
    c.gStride = 3;
    for (int32_t outside : {-1, 3}) {
        c.rows[1] = outside;
        expect(run(c, out, 0, 1, best) == INLAY_BAD_ARGUMENT, "a row outside", c, best);
        c.rows[1] = 0;
        c.columns[0] = outside;
        expect(run(c, out, 0, 1, best) == INLAY_BAD_ARGUMENT, "a column outside", c, best);
        c.columns[0] = 0;
    }
    expect(equalBits(out, before), "nothing written", c, best);
}

}  // namespace

int main() {
    const int32_t best = inlay_kernels_level();
    static const char* const names[] = {"", "portable", "avx2", "avx512"};
    if (inlay_kernels_version() != INLAY_KERNELS_VERSION) {
        std::printf("FAILED version: %d\n", inlay_kernels_version());
        return 1;
    }
    for (int32_t level = INLAY_LEVEL_PORTABLE; level <= INLAY_LEVEL_AVX512; level++) {
        if (level > best) {
            std::printf("SKIPPED level %s: this processor or build does not have it\n", names[level]);
            continue;
        }
        sizes(level);
        shapes(level);
        othersStayOut(level);
        std::printf("level %s: done\n", names[level]);
    }
    refusals();
    std::printf("%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
