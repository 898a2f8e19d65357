// Any processor, by the vectors of GCC and Clang: SSE, NEON or whatever there is.
#include "sampled_tiles_of.h"

namespace inlay {
namespace {

struct Portable {
    static constexpr int width = 4;
    using Register = float __attribute__((vector_size(16)));

    static Register zero() { return Register{}; }

    static Register load(const float* p) {
        Register r;
        __builtin_memcpy(&r, p, sizeof r);
        return r;
    }

    static Register load(const float* p, int64_t n) {
        Register r = zero();
        for (int k = 0; k < width && k < n; k++) {
            r[k] = p[k];
        }
        return r;
    }

    static Register load(const uint16_t* h) {
        return Register{widened(h[0]), widened(h[1]), widened(h[2]), widened(h[3])};
    }

    static void store(float* p, Register r) { __builtin_memcpy(p, &r, sizeof r); }

    static Register add(Register a, Register b) { return a + b; }

    static Register fma(Register a, Register b, Register c) { return a * b + c; }

    static void transpose(Register* r) {
        const Register a = r[0], b = r[1], c = r[2], d = r[3];
        for (int k = 0; k < width; k++) {
            r[k] = Register{a[k], b[k], c[k], d[k]};
        }
    }
};

}  // namespace

void portableTiles(const Task& task, int64_t begin, int64_t end, float* tile, float* sums) {
    tiles<Portable>(task, begin, end, tile, sums);
}

}  // namespace inlay
