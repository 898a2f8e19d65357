// Products with matrices of low rank against sums in double precision.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "inlay_kernels.h"
#include "reference.h"

namespace {

constexpr int kUnavailable = 77;
constexpr int64_t kImages = 5;
constexpr double kScale = 1.5;

int failures = 0;

void expect(bool holds, const char* what, int64_t tokens, int64_t rank) {
    if (!holds) {
        failures++;
        std::printf("FAILED %s: %lld tokens, rank %lld\n", what, (long long)tokens, (long long)rank);
    }
}

int32_t typeOf(const std::vector<float>&) { return INLAY_FLOAT32; }

int32_t typeOf(const std::vector<uint16_t>&) { return INLAY_BF16; }

struct Batch {
    int64_t tokens, xWidth, xStride, yWidth, yStride, rank;
    std::vector<std::vector<float>> x, y, down, up;

    Batch(int64_t tokens, int64_t xWidth, int64_t xStride, int64_t yWidth, int64_t yStride, int64_t rank)
        : tokens(tokens), xWidth(xWidth), xStride(xStride), yWidth(yWidth), yStride(yStride), rank(rank) {
        reference::Random random(tokens * 31 + xWidth * 7 + rank);
        for (int64_t i = 0; i < kImages; i++) {
            x.push_back(reference::matrix(random, tokens, xWidth, xStride));
            y.push_back(reference::matrix(random, tokens, yWidth, yStride));
            down.push_back(reference::matrix(random, rank, xWidth, xWidth));
            up.push_back(reference::matrix(random, yWidth, rank, rank));
        }
    }

    template <class X, class Y>
    int32_t add(const std::vector<std::vector<X>>& in, std::vector<std::vector<Y>>& out, int32_t threads) const {
        std::vector<inlay_low_rank_image> all;
        for (int64_t i = 0; i < kImages; i++) {
            all.push_back({in[i].data(), out[i].data(), down[i].data(), up[i].data()});
        }
        return inlay_add_low_rank(all.data(), kImages, typeOf(in[0]), typeOf(out[0]), tokens, xWidth, xStride, yWidth, yStride, rank, kScale, threads);
    }

    // What y becomes, and the magnitude of what is summed.
    void exact(std::vector<std::vector<double>>& sums, std::vector<std::vector<double>>& magnitudes) const {
        for (int64_t i = 0; i < kImages; i++) {
            sums.emplace_back(y[i].begin(), y[i].end());
            magnitudes.emplace_back(y[i].size(), 1);
            for (int64_t t = 0; t < tokens; t++) {
                for (int64_t r = 0; r < rank; r++) {
                    double inner = 0, magnitude = 0;
                    for (int64_t k = 0; k < xWidth; k++) {
                        const double term = (double)x[i][t * xStride + k] * down[i][r * xWidth + k];
                        inner += term;
                        magnitude += std::fabs(term);
                    }
                    for (int64_t o = 0; o < yWidth; o++) {
                        sums[i][t * yStride + o] += kScale * up[i][o * rank + r] * inner;
                        magnitudes[i][t * yStride + o] += kScale * std::fabs(up[i][o * rank + r]) * magnitude;
                    }
                }
            }
        }
    }
};

void agreesWithDoublePrecision(const Batch& batch) {
    std::vector<std::vector<double>> sums, magnitudes;
    batch.exact(sums, magnitudes);
    std::vector<std::vector<float>> y = batch.y;
    expect(batch.add(batch.x, y, 1) == INLAY_OK, "the call", batch.tokens, batch.rank);
    bool close = true;
    for (int64_t i = 0; i < kImages; i++) {
        for (size_t k = 0; k < y[i].size(); k++) {
            close = close && std::fabs(y[i][k] - sums[i][k]) <= reference::kTolerance * magnitudes[i][k];
        }
    }
    expect(close, "the sums", batch.tokens, batch.rank);
    for (int32_t threads : {2, 3, 16}) {
        std::vector<std::vector<float>> other = batch.y;
        batch.add(batch.x, other, threads);
        expect(y == other, "equal bits with more threads", batch.tokens, batch.rank);
    }
}

// Numbers of bfloat16 give what they give as floats, rounded to the nearest; what is between rows stays.
void ofHalvesItIsRounded(const Batch& drawn) {
    Batch batch = drawn;
    std::vector<std::vector<uint16_t>> in, out;
    for (int64_t i = 0; i < kImages; i++) {
        in.push_back(reference::upperHalves(batch.x[i]));
        out.push_back(reference::upperHalves(batch.y[i]));
    }
    std::vector<std::vector<float>> exact = batch.y;
    batch.add(batch.x, exact, 1);
    expect(batch.add(in, out, 3) == INLAY_OK, "the call for bfloat16", batch.tokens, batch.rank);
    bool near = true;
    for (int64_t i = 0; i < kImages; i++) {
        for (size_t k = 0; k < out[i].size(); k++) {
            near = near && std::fabs(reference::widened(out[i][k]) - exact[i][k]) <= std::fabs(exact[i][k]) / 256 + 1e-4f;
        }
        for (int64_t t = 0; t + 1 < batch.tokens; t++) {
            for (int64_t o = batch.yWidth; o < batch.yStride; o++) {
                near = near && reference::widened(out[i][t * batch.yStride + o]) == batch.y[i][t * batch.yStride + o];
            }
        }
    }
    expect(near, "bfloat16", batch.tokens, batch.rank);
    // an input of halves is that of its floats, to the last bit
    std::vector<std::vector<float>> mixed = batch.y;
    batch.add(in, mixed, 2);
    expect(mixed == exact, "an input of bfloat16 alone", batch.tokens, batch.rank);
}

void sizes() {
    for (int64_t tokens : {1, 3, 4, 7, 50, 197}) {
        for (int64_t rank : {1, 3, 4, 8, 21}) {
            agreesWithDoublePrecision(Batch(tokens, 48, 48, 32, 32, rank));
            agreesWithDoublePrecision(Batch(tokens, 16, 19, 64, 192, rank));
            ofHalvesItIsRounded(Batch(tokens, 64, 70, 48, 96, rank));
        }
    }
}

void refusals() {
    float a[32] = {};
    float y[32] = {};
    const auto add = [&](inlay_low_rank_image image, int32_t type, int64_t tokens, int64_t width, int64_t stride, int64_t rank, int32_t threads) {
        return inlay_add_low_rank(&image, 1, INLAY_FLOAT32, type, tokens, width, stride, width, stride, rank, 1, threads);
    };
    const inlay_low_rank_image sound = {a, y, a, a};
    expect(add(sound, INLAY_FLOAT32, 1, 16, 16, 2, 1) == INLAY_OK, "a sound call", 1, 2);
    expect(add({a, y, nullptr, a}, INLAY_FLOAT32, 1, 16, 16, 2, 1) == INLAY_BAD_ARGUMENT, "a null pointer", 1, 2);
    expect(add(sound, 3, 1, 16, 16, 2, 1) == INLAY_BAD_ARGUMENT, "an unknown type", 1, 2);
    expect(add(sound, INLAY_FLOAT32, -1, 16, 16, 2, 1) == INLAY_BAD_ARGUMENT, "a negative size", -1, 2);
    expect(add(sound, INLAY_FLOAT32, 1, 8, 16, 2, 1) == INLAY_BAD_ARGUMENT, "a width that is no multiple of 16", 1, 2);
    expect(add(sound, INLAY_FLOAT32, 1, 16, 15, 2, 1) == INLAY_BAD_ARGUMENT, "rows that overlap", 1, 2);
    expect(add(sound, INLAY_FLOAT32, 1, 16, 16, 0, 1) == INLAY_BAD_ARGUMENT, "no rank", 1, 0);
    expect(add(sound, INLAY_FLOAT32, 1, 16, 16, 2, 0) == INLAY_BAD_ARGUMENT, "no thread", 1, 2);
    expect(add({nullptr, nullptr, nullptr, nullptr}, INLAY_FLOAT32, 0, 16, 16, 2, 1) == INLAY_OK, "no tokens", 0, 2);
}

}  // namespace

int main() {
    if (inlay_kernels_level() < INLAY_LEVEL_AVX512) {
        float x[16] = {};
        const inlay_low_rank_image image = {x, x, x, x};
        expect(inlay_add_low_rank(&image, 1, INLAY_FLOAT32, INLAY_FLOAT32, 1, 16, 16, 16, 16, 1, 1, 1) == INLAY_BAD_ARGUMENT,
               "a level that is not there", 1, 1);
        return failures == 0 ? kUnavailable : 1;
    }
    sizes();
    refusals();
    std::printf(failures == 0 ? "ok\n" : "%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
