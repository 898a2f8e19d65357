// What the tests of the kernels share: made-up numbers, and the sum in double precision.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace reference {

// Equal on every machine (Numerical Recipes' linear congruence).
class Random {
public:
    explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}

    int32_t below(int64_t bound) { return static_cast<int32_t>((next() >> 33) % static_cast<uint64_t>(bound)); }

    float value() { return static_cast<float>(static_cast<double>(next() >> 40) / (1 << 23) - 1.0); }

private:
    uint64_t next() { return state_ = state_ * 6364136223846793005u + 1442695040888963407u; }

    uint64_t state_;
};

inline float widened(uint16_t half) {
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

// The values as bfloat16, which cuts them.
inline std::vector<uint16_t> upperHalves(std::vector<float>& values) {
    std::vector<uint16_t> halves;
    for (float& value : values) {
        uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        halves.push_back(static_cast<uint16_t>(bits >> 16));
        value = widened(halves.back());
    }
    return halves;
}

struct Case {
    int64_t tokens;
    int64_t gWidth;
    int64_t gStride;
    int64_t xWidth;
    int64_t xStride;
    std::vector<int32_t> rows;
    std::vector<int32_t> columns;
    std::vector<float> g;
    std::vector<float> x;

    int64_t count() const { return static_cast<int64_t>(rows.size()); }
};

// The last row ends with its width, not its stride: whoever reads further reads outside of the memory.
inline std::vector<float> matrix(Random& random, int64_t rows, int64_t width, int64_t stride) {
    std::vector<float> values(rows == 0 ? 0 : (rows - 1) * stride + width);
    for (float& value : values) {
        value = random.value();
    }
    return values;
}

inline Case make(int64_t tokens, int64_t gWidth, int64_t gStride, int64_t xWidth, int64_t xStride, int64_t count) {
    Random random(tokens * 31 + gWidth * 17 + xWidth * 7 + count);
    Case c{tokens, gWidth, gStride, xWidth, xStride, {}, {}, {}, {}};
    c.g = matrix(random, tokens, gWidth, gStride);
    c.x = matrix(random, tokens, xWidth, xStride);
    for (int64_t i = 0; i < count; i++) {
        c.rows.push_back(static_cast<int32_t>(i * gWidth / count));
        c.columns.push_back(random.below(xWidth));
    }
    return c;
}

struct Sum {
    double value;
    double magnitude;  // of the products: what rounding is relative to
};

inline Sum sum(const Case& c, int64_t i) {
    Sum s{0, 0};
    for (int64_t t = 0; t < c.tokens; t++) {
        const double product = static_cast<double>(c.g[t * c.gStride + c.rows[i]]) * c.x[t * c.xStride + c.columns[i]];
        s.value += product;
        s.magnitude += std::fabs(product);
    }
    return s;
}

// Single precision adds up 2^-24 per addition at worst; sums are built of short ones.
constexpr double kTolerance = 2e-6;

}  // namespace reference
