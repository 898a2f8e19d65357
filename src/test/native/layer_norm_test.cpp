// LayerNorm and its gradient against double precision.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "inlay_kernels.h"
#include "reference.h"

namespace {

constexpr int kUnavailable = 77;
constexpr double kEpsilon = 1e-6;

int failures = 0;

void expect(bool holds, const char* what, int64_t rows, int64_t width) {
    if (!holds) {
        failures++;
        std::printf("FAILED %s: %lld rows of %lld\n", what, (long long)rows, (long long)width);
    }
}

struct Case {
    int64_t rows, width;
    bool affine;
    std::vector<float> x, scale, shift;
    std::vector<float> dy;

    Case(int64_t rows, int64_t width, bool affine, float offset) : rows(rows), width(width), affine(affine) {
        reference::Random random(rows * 7 + width);
        x = reference::matrix(random, rows, width, width);
        scale = reference::matrix(random, 1, width, width);
        shift = reference::matrix(random, 1, width, width);
        dy.resize(rows * width);
        for (int64_t i = 0; i < rows * width; i++) {
            x[i] = 3 * x[i] + offset;
            dy[i] = random.value();
        }
    }

    const float* scales() const { return affine ? scale.data() : nullptr; }
    const float* shifts() const { return affine ? shift.data() : nullptr; }
};

struct Result {
    std::vector<float> mean, reciprocal, dx;
};

std::vector<float> run(const Case& c, int32_t threads, Result& r) {
    std::vector<float> y(c.rows * c.width);
    r.mean.resize(c.rows);
    r.reciprocal.resize(c.rows);
    r.dx.resize(c.rows * c.width);
    expect(inlay_layer_norm(c.x.data(), c.scales(), c.shifts(), kEpsilon, c.rows, c.width, y.data(),
                            r.mean.data(), r.reciprocal.data(), threads) == INLAY_OK, "the call", c.rows, c.width);
    expect(inlay_layer_norm_gradient(c.x.data(), c.scales(), r.mean.data(), r.reciprocal.data(), c.rows, c.width,
                                     c.dy.data(), r.dx.data(), threads) == INLAY_OK, "the gradient's call", c.rows, c.width);
    return y;
}

void agreesWithDoublePrecision(const Case& c, double tolerance) {
    Result r;
    const std::vector<float> y = run(c, 1, r);
    bool close = true, gradientClose = true;
    for (int64_t row = 0; row < c.rows; row++) {
        const float* x = c.x.data() + row * c.width;
        double mean = 0, variance = 0, ofG = 0, ofProduct = 0;
        for (int64_t i = 0; i < c.width; i++) {
            mean += x[i] / (double)c.width;
        }
        for (int64_t i = 0; i < c.width; i++) {
            variance += (x[i] - mean) * (x[i] - mean) / c.width;
        }
        const double reciprocal = 1 / std::sqrt(variance + kEpsilon);
        const auto n = [&](int64_t i) { return (x[i] - mean) * reciprocal; };
        const auto g = [&](int64_t i) { return c.dy[row * c.width + i] * (c.affine ? c.scale[i] : 1.0); };
        for (int64_t i = 0; i < c.width; i++) {
            ofG += g(i) / c.width;
            ofProduct += g(i) * n(i) / c.width;
        }
        for (int64_t i = 0; i < c.width; i++) {
            const double expected = n(i) * (c.affine ? c.scale[i] : 1.0) + (c.affine ? c.shift[i] : 0.0);
            const double gradient = reciprocal * (g(i) - ofG - n(i) * ofProduct);
            close = close && std::fabs(y[row * c.width + i] - expected) <= tolerance;
            gradientClose = gradientClose && std::fabs(r.dx[row * c.width + i] - gradient) <= tolerance * reciprocal;
        }
    }
    expect(close, "the norm", c.rows, c.width);
    expect(gradientClose, "its gradient", c.rows, c.width);
    for (int32_t threads : {2, 3, 16}) {
        Result other;
        const std::vector<float> otherY = run(c, threads, other);
        expect(y.empty() || std::memcmp(y.data(), otherY.data(), y.size() * sizeof(float)) == 0, "equal bits with more threads", c.rows, c.width);
        expect(r.mean == other.mean && r.reciprocal == other.reciprocal && r.dx == other.dx, "equal bits of the rest", c.rows, c.width);
    }
}

void sizes() {
    for (int64_t rows : {0, 1, 3, 50, 1000}) {
        for (int64_t width : {16, 48, 64, 80, 192, 768}) {
            agreesWithDoublePrecision(Case(rows, width, true, 0), 2e-6);
            agreesWithDoublePrecision(Case(rows, width, false, 0), 2e-6);
            // the mean's rounding is of the size of x
            agreesWithDoublePrecision(Case(rows, width, true, 100), 1e-4);
        }
    }
}

// What is constant has no variance.
void constantRows() {
    const std::vector<float> x(32, 5.0f), dy(32, 1.0f);
    std::vector<float> y(32), mean(2), reciprocal(2), dx(32);
    inlay_layer_norm(x.data(), nullptr, nullptr, kEpsilon, 2, 16, y.data(), mean.data(), reciprocal.data(), 1);
    expect(y == std::vector<float>(32, 0.0f) && mean[1] == 5 && std::fabs(reciprocal[1] - 1000) < 0.01, "constant rows", 2, 16);
    inlay_layer_norm_gradient(x.data(), nullptr, mean.data(), reciprocal.data(), 2, 16, dy.data(), dx.data(), 1);
    expect(dx == std::vector<float>(32, 0.0f), "their gradient", 2, 16);
}

void refusals() {
    float x[16] = {}, y[16], mean, reciprocal;
    const auto norm = [&](const float* from, int64_t rows, int64_t width, int32_t threads) {
        return inlay_layer_norm(from, nullptr, nullptr, kEpsilon, rows, width, y, &mean, &reciprocal, threads);
    };
    expect(norm(x, 1, 16, 1) == INLAY_OK, "a sound call", 1, 16);
    expect(norm(x, 1, 8, 1) == INLAY_BAD_ARGUMENT, "a width that is no multiple of 16", 1, 8);
    expect(norm(x, 1, 0, 1) == INLAY_BAD_ARGUMENT, "no width", 1, 0);
    expect(norm(x, -1, 16, 1) == INLAY_BAD_ARGUMENT, "a negative size", -1, 16);
    expect(norm(x, 1, 16, 0) == INLAY_BAD_ARGUMENT, "no thread", 1, 16);
    expect(norm(nullptr, 1, 16, 1) == INLAY_BAD_ARGUMENT, "a null pointer", 1, 16);
    expect(inlay_layer_norm_gradient(x, nullptr, &mean, nullptr, 1, 16, x, y, 1) == INLAY_BAD_ARGUMENT,
           "null moments", 1, 16);
}

}  // namespace

int main() {
    if (inlay_kernels_level() < INLAY_LEVEL_AVX512) {
        float x[16] = {}, moment;
        expect(inlay_layer_norm(x, nullptr, nullptr, kEpsilon, 1, 16, x, &moment, &moment, 1) == INLAY_BAD_ARGUMENT,
               "a level that is not there", 1, 16);
        return failures == 0 ? kUnavailable : 1;
    }
    sizes();
    constantRows();
    refusals();
    std::printf(failures == 0 ? "ok\n" : "%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
