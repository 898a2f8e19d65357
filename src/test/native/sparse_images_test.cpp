// Products with sparse matrices against sums in double precision.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "inlay_kernels.h"
#include "reference.h"

namespace {

int failures = 0;

void expect(bool holds, const char* what, int64_t tokens, int64_t count) {
    if (!holds) {
        failures++;
        std::printf("FAILED %s: %lld tokens, %lld entries\n", what, (long long)tokens, (long long)count);
    }
}

struct Image {
    std::vector<float> x;
    std::vector<float> y;
    std::vector<int32_t> positions;
    std::vector<float> values;
    std::vector<float> shift; // or none

    inlay_sparse_image of(const void* in, void* out) const {
        return {in, out, positions.data(), values.data(), (int64_t)values.size(), shift.empty() ? nullptr : shift.data()};
    }
};

struct Batch {
    int64_t tokens, xWidth, xStride, yWidth, yStride;
    std::vector<Image> images;

    int32_t add(int32_t threads) {
        std::vector<inlay_sparse_image> all;
        for (Image& i : images) {
            all.push_back(i.of(i.x.data(), i.y.data()));
        }
        return inlay_add_sparse(
            all.data(), (int64_t)all.size(), INLAY_FLOAT32, tokens, xWidth, xStride, yWidth, yStride, threads);
    }
};

// Of bfloat16 a row with entries is what it is of the same numbers as floats, rounded to the nearest; other rows stay.
void ofHalvesItIsRounded(const Batch& drawn, int64_t count) {
    Batch floats = drawn;
    std::vector<std::vector<uint16_t>> xs, ys;
    for (Image& i : floats.images) {
        std::sort(i.positions.begin(), i.positions.end());
        xs.push_back(reference::upperHalves(i.x));
        ys.push_back(reference::upperHalves(i.y));
    }
    const Batch before = floats;
    std::vector<inlay_sparse_image> all;
    for (size_t n = 0; n < xs.size(); n++) {
        all.push_back(floats.images[n].of(xs[n].data(), ys[n].data()));
    }
    expect(inlay_add_sparse(all.data(), (int64_t)all.size(), INLAY_BF16, floats.tokens, floats.xWidth, floats.xStride,
                            floats.yWidth, floats.yStride, 3) == INLAY_OK, "the call for bfloat16", floats.tokens, count);
    floats.add(1);
    bool near = true;
    for (size_t n = 0; n < ys.size(); n++) {
        for (size_t i = 0; i < ys[n].size(); i++) {
            const float exact = floats.images[n].y[i];
            const bool changed = exact != before.images[n].y[i];
            const float bound = changed ? std::fabs(exact) / 256 + 1e-4f : 0.0f;
            near = near && std::fabs(reference::widened(ys[n][i]) - exact) <= bound;
        }
    }
    expect(near, "bfloat16", floats.tokens, count);
}

Batch make(int64_t tokens, int64_t xWidth, int64_t xStride, int64_t yWidth, int64_t yStride, int64_t count) {
    reference::Random random(tokens * 31 + xWidth * 7 + count);
    Batch batch{tokens, xWidth, xStride, yWidth, yStride, {}};
    for (int64_t i = 0; i < 5; i++) {
        Image image{reference::matrix(random, tokens, xWidth, xStride), reference::matrix(random, tokens, yWidth, yStride), {}, {}, {}};
        if (i % 2 == 0) {
            image.shift = reference::matrix(random, 1, yWidth, yWidth);
        }
        for (int64_t k = 0; k < count * i / 4; k++) {
            image.positions.push_back(random.below(xWidth * yWidth));
            image.values.push_back(random.value());
        }
        batch.images.push_back(image);
    }
    return batch;
}

void agreesWithTheReference(const Batch& before, int64_t count) {
    Batch after = before;
    expect(after.add(1) == INLAY_OK, "the call", before.tokens, count);
    bool close = true;
    for (size_t n = 0; n < before.images.size(); n++) {
        const Image& image = before.images[n];
        std::vector<double> sums(image.y.begin(), image.y.end());
        std::vector<double> magnitudes(image.y.size(), 1);
        for (int64_t t = 0; t < before.tokens; t++) {
            for (size_t i = 0; i < image.shift.size(); i++) {
                sums[t * before.yStride + i] += image.shift[i];
            }
        }
        for (size_t k = 0; k < image.values.size(); k++) {
            const int64_t row = image.positions[k] / before.xWidth, column = image.positions[k] % before.xWidth;
            for (int64_t t = 0; t < before.tokens; t++) {
                const double term = (double)image.x[t * before.xStride + column] * image.values[k];
                sums[t * before.yStride + row] += term;
                magnitudes[t * before.yStride + row] += std::fabs(term);
            }
        }
        for (size_t i = 0; i < sums.size(); i++) {
            close = close && std::fabs(after.images[n].y[i] - sums[i]) <= reference::kTolerance * magnitudes[i];
        }
    }
    expect(close, "the sums", before.tokens, count);
    for (int32_t threads : {2, 3, 16}) {
        Batch other = before;
        other.add(threads);
        for (size_t n = 0; n < before.images.size(); n++) {
            const std::vector<float>& a = after.images[n].y;
            expect(a.empty() || std::memcmp(a.data(), other.images[n].y.data(), a.size() * sizeof(float)) == 0,
                   "equal bits with more threads", before.tokens, count);
        }
    }
}

void refusals() {
    Batch batch = make(3, 4, 4, 5, 5, 8);
    expect(batch.add(0) == INLAY_BAD_ARGUMENT, "no thread", 3, 8);
    batch.images[4].positions[0] = 20;
    const std::vector<float> before = batch.images[3].y;
    expect(batch.add(1) == INLAY_BAD_ARGUMENT, "a position outside", 3, 8);
    batch.images[4].positions[0] = -1;
    expect(batch.add(1) == INLAY_BAD_ARGUMENT, "a negative position", 3, 8);
    expect(before == batch.images[3].y, "a refused call writes nothing", 3, 8);
    expect(inlay_add_sparse(nullptr, 1, INLAY_FLOAT32, 3, 4, 4, 5, 5, 1) == INLAY_BAD_ARGUMENT, "a null pointer", 3, 8);
    expect(inlay_add_sparse(nullptr, 0, INLAY_FLOAT32, 3, 4, 3, 5, 5, 1) == INLAY_BAD_ARGUMENT, "a stride below the width", 3, 8);
    expect(inlay_add_sparse(nullptr, 0, 3, 3, 4, 4, 5, 5, 1) == INLAY_BAD_ARGUMENT, "an unknown type", 3, 8);
    expect(inlay_add_sparse(nullptr, 0, INLAY_BF16, 3, 4, 4, 5, 5, 1) == INLAY_OK, "no image", 3, 8);
}

}  // namespace

int main() {
    for (int64_t tokens : {0, 1, 2, 7, 8, 9, 15, 16, 17, 197}) {
        for (int64_t count : {0, 1, 4, 61, 3000}) {
            agreesWithTheReference(make(tokens, 13, 13, 29, 29, count), count);
            agreesWithTheReference(make(tokens, 40, 47, 9, 33, count), count);
            ofHalvesItIsRounded(make(tokens, 40, 47, 9, 33, count), count);
            // whole vectors
            agreesWithTheReference(make(tokens, 64, 64, 160, 160, count), count);
            ofHalvesItIsRounded(make(tokens, 48, 55, 32, 96, count), count);
        }
    }
    refusals();
    std::printf(failures == 0 ? "ok\n" : "%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
