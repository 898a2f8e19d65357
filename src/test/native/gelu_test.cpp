// GELU and its gradient against double precision.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

#include "inlay_kernels.h"
#include "reference.h"

namespace {

constexpr int kUnavailable = 77;

int failures = 0;

void expect(bool holds, const char* what, double at) {
    if (!holds) {
        failures++;
        std::printf("FAILED %s: %.9g\n", what, at);
    }
}

double cumulative(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double derivative(double x) { return cumulative(x) + x * std::exp(-0.5 * x * x) / std::sqrt(2 * std::acos(-1.0)); }

uint16_t rounded(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// Every number of three digits or so up to 100, and some that are special.
std::vector<float> inputs() {
    std::vector<float> x = {0.0f, -0.0f, 1e-30f, -1e-30f, 3e38f, -3e38f, 5.999f, 6.0f, 6.001f, -5.999f, -6.0f, -6.001f};
    for (float value = 1e-4f; value < 100; value *= 1.0007f) {
        x.push_back(value);
        x.push_back(-value);
    }
    return x;
}

void agreesWithDoublePrecision() {
    const std::vector<float> x = inputs();
    const int64_t count = static_cast<int64_t>(x.size());
    std::vector<float> y(count), dy(count, 3.0f), dx(count);
    expect(inlay_gelu(x.data(), y.data(), count, INLAY_FLOAT32, 1) == INLAY_OK, "the call", 0);
    expect(inlay_gelu_gradient(x.data(), dy.data(), dx.data(), count, INLAY_FLOAT32, 1) == INLAY_OK, "the gradient's call", 0);
    for (int64_t i = 0; i < count; i++) {
        const double scale = std::fabs(x[i]);
        expect(std::fabs(y[i] - x[i] * cumulative(x[i])) <= 1.2e-7 * scale, "gelu", x[i]);
        expect(std::fabs(dx[i] - 3 * derivative(x[i])) <= 3 * 2e-7, "its gradient", x[i]);
    }
}

void roundsToBfloat16() {
    const std::vector<float> wide = inputs();
    const int64_t count = static_cast<int64_t>(wide.size());
    std::vector<uint16_t> x(count), y(count), dy(count), dx(count);
    for (int64_t i = 0; i < count; i++) {
        x[i] = rounded(wide[i]);
        dy[i] = rounded(1.5f);
    }
    std::vector<float> x32(count), y32(count), dy32(count, 1.5f), dx32(count);
    for (int64_t i = 0; i < count; i++) {
        x32[i] = reference::widened(x[i]);
    }
    inlay_gelu(x32.data(), y32.data(), count, INLAY_FLOAT32, 1);
    inlay_gelu_gradient(x32.data(), dy32.data(), dx32.data(), count, INLAY_FLOAT32, 1);
    expect(inlay_gelu(x.data(), y.data(), count, INLAY_BF16, 1) == INLAY_OK, "bfloat16's call", 0);
    expect(inlay_gelu_gradient(x.data(), dy.data(), dx.data(), count, INLAY_BF16, 1) == INLAY_OK, "bfloat16's gradient's call", 0);
    for (int64_t i = 0; i < count; i++) {
        expect(y[i] == rounded(y32[i]), "gelu in bfloat16", x32[i]);
        expect(dx[i] == rounded(dx32[i]), "its gradient in bfloat16", x32[i]);
    }
}

template <class T>
void sizesAndThreads(int32_t type) {
    for (int64_t count : {0, 1, 15, 16, 17, 31, 65535, 65536, 65537, 1000003}) {
        reference::Random random(count);
        std::vector<T> x(count), dy(count);
        for (int64_t i = 0; i < count; i++) {
            const float a = 4 * random.value(), b = random.value();
            x[i] = type == INLAY_FLOAT32 ? static_cast<T>(a) : static_cast<T>(rounded(a));
            dy[i] = type == INLAY_FLOAT32 ? static_cast<T>(b) : static_cast<T>(rounded(b));
        }
        std::vector<T> y(count + 1, T{7}), dx(count + 1, T{7});
        inlay_gelu(x.data(), y.data(), count, type, 1);
        inlay_gelu_gradient(x.data(), dy.data(), dx.data(), count, type, 1);
        expect(y[count] == T{7} && dx[count] == T{7}, "nothing is written behind the end", count);
        for (int32_t threads : {2, 3, 16}) {
            std::vector<T> other = x, otherGradient = dy; // in place
            inlay_gelu(other.data(), other.data(), count, type, threads);
            inlay_gelu_gradient(x.data(), otherGradient.data(), otherGradient.data(), count, type, threads);
            expect(count == 0 || std::memcmp(other.data(), y.data(), count * sizeof(T)) == 0, "equal bits with more threads", count);
            expect(count == 0 || std::memcmp(otherGradient.data(), dx.data(), count * sizeof(T)) == 0, "equal bits of the gradient", count);
        }
    }
}

void whatIsNoNumber() {
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    const float x[] = {nan, infinity, -infinity, 1}, dy[] = {1, 1, 1, nan};
    float y[4], dx[4];
    inlay_gelu(x, y, 4, INLAY_FLOAT32, 1);
    inlay_gelu_gradient(x, dy, dx, 4, INLAY_FLOAT32, 1);
    expect(std::isnan(y[0]) && std::isnan(dx[0]) && std::isnan(dx[3]), "a NaN stays one", 0);
    expect(y[1] == infinity && dx[1] == 1 && dx[2] == 0, "infinities", 0);
    const uint16_t narrow[] = {0x7fff, 0x7f80};
    uint16_t narrowed[2];
    inlay_gelu(narrow, narrowed, 2, INLAY_BF16, 1);
    expect(std::isnan(reference::widened(narrowed[0])) && narrowed[1] == 0x7f80, "in bfloat16", 0);
}

void refusals() {
    float x = 1;
    expect(inlay_gelu(&x, &x, 1, 0, 1) == INLAY_BAD_ARGUMENT, "an unknown type", 0);
    expect(inlay_gelu(&x, &x, -1, INLAY_FLOAT32, 1) == INLAY_BAD_ARGUMENT, "a negative size", 0);
    expect(inlay_gelu(&x, &x, 1, INLAY_FLOAT32, 0) == INLAY_BAD_ARGUMENT, "no thread", 0);
    expect(inlay_gelu(nullptr, &x, 1, INLAY_FLOAT32, 1) == INLAY_BAD_ARGUMENT, "a null pointer", 0);
    expect(inlay_gelu_gradient(&x, nullptr, &x, 1, INLAY_FLOAT32, 1) == INLAY_BAD_ARGUMENT, "a null gradient", 0);
}

}  // namespace

int main() {
    float x = 1;
    if (inlay_kernels_level() < INLAY_LEVEL_AVX512) {
        expect(inlay_gelu(&x, &x, 1, INLAY_FLOAT32, 1) == INLAY_BAD_ARGUMENT, "a level that is not there", 0);
        return failures == 0 ? kUnavailable : 1;
    }
    agreesWithDoublePrecision();
    roundsToBfloat16();
    sizesAndThreads<float>(INLAY_FLOAT32);
    sizesAndThreads<uint16_t>(INLAY_BF16);
    whatIsNoNumber();
    refusals();
    std::printf(failures == 0 ? "ok\n" : "%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
